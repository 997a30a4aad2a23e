//! Where the server keeps calls waiting until all of them may go.

use std::pin::pin;
use std::sync::LazyLock;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};

use crate::place::Place;

/// What begins the path of who asks about the hall.
pub(crate) const DOOR: &str = "/hall/";
const GO: &str = "go";

static WAITING: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));
static MAY_GO: Notify = Notify::const_new();

/// Waits until everyone may go.
pub(crate) async fn wait() {
    let mut may_go = pin!(MAY_GO.notified());
    may_go.as_mut().enable();
    WAITING.send_modify(|waiting| *waiting += 1);
    may_go.await;
    WAITING.send_modify(|waiting| *waiting -= 1);
}

/// Lets everyone go, or waits until so many are there.
pub(crate) async fn ask(what: &str) {
    match what {
        GO => MAY_GO.notify_waiters(),
        number => {
            let number: usize = number.parse().unwrap();
            let mut waiting = WAITING.subscribe();
            waiting
                .wait_for(|waiting| *waiting == number)
                .await
                .unwrap();
        }
    }
}

/// A connection of its own, to ask the server by.
pub(crate) struct Doorkeeper(TcpStream);

impl Doorkeeper {
    pub(crate) async fn new(place: &Place) -> Self {
        Self(TcpStream::connect(place.address()).await.unwrap())
    }

    /// Waits until so many calls are held.
    pub(crate) async fn all_are_there(&mut self, calls: usize) {
        self.ask(&calls.to_string()).await;
    }

    pub(crate) async fn let_go(&mut self) {
        self.ask(GO).await;
    }

    async fn ask(&mut self, what: &str) {
        let request = format!("GET {DOOR}{what} HTTP/1.1\r\nhost: hall\r\n\r\n");
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 200"));
    }
}
