use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A [`Proxy`]'s answer to `CONNECT`.
#[derive(Clone, Debug)]
pub enum ProxyRule {
    /// Connects every client.
    Open,
    /// Connects clients with this `Proxy-Authorization`, and answers 407 to all others.
    Authorization(String),
    /// Answers with this status, such as `502 Bad Gateway`.
    Refuse(String),
}

/// A proxy on loopback that supports only `CONNECT`, and records everything that it receives.
///
/// It connects every request to the one server that it was started with, so tests may use host names
/// that do not exist. It lives as long as the runtime it was started in.
#[derive(Debug)]
pub struct Proxy {
    /// The address that it listens on.
    pub address: SocketAddr,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Proxy {
    /// Starts on a free port, in front of the server at `to`.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O, and if loopback has no free port.
    pub async fn start(rule: ProxyRule, to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let proxy = Self {
            address: listener.local_addr().expect("a bound socket"),
            sent: Arc::default(),
        };
        let sent = proxy.sent.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that disconnects ends its own connection, but not the test.
                tokio::spawn(serve(stream, rule.clone(), to, sent.clone()));
            }
        });
        proxy
    }

    /// Returns the bytes that each connection sent so far: its `CONNECT` request, and the bytes forwarded.
    #[must_use]
    pub fn sent(&self) -> Vec<Vec<u8>> {
        self.sent
            .lock()
            .expect("no holder of the lock panics")
            .clone()
    }

    /// Returns the head of each request so far, as text.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let head = |sent: Vec<u8>| {
            let end = sent.windows(4).position(|four| four == b"\r\n\r\n");
            String::from_utf8_lossy(&sent[..end.unwrap_or(sent.len())]).into_owned()
        };
        self.sent().into_iter().map(head).collect()
    }
}

async fn serve(
    mut client: TcpStream,
    rule: ProxyRule,
    to: SocketAddr,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
) -> io::Result<()> {
    let index = {
        let mut sent = sent.lock().expect("no holder of the lock panics");
        sent.push(Vec::new());
        sent.len() - 1
    };
    let record = |bytes: &[u8]| {
        sent.lock().expect("no holder of the lock panics")[index].extend_from_slice(bytes);
    };
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = client.read_u8().await?;
        head.push(byte);
        record(&[byte]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let refusal = match &rule {
        _ if !head.starts_with("CONNECT ") => Some("405 Method Not Allowed"),
        ProxyRule::Refuse(status) => Some(status.as_str()),
        ProxyRule::Authorization(wanted) if !authorizes(&head, wanted) => {
            Some("407 Proxy Authentication Required")
        }
        ProxyRule::Open | ProxyRule::Authorization(_) => None,
    };
    if let Some(status) = refusal {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        return client.write_all(answer.as_bytes()).await;
    }
    let server = TcpStream::connect(to).await?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;

    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let to_client_task = tokio::spawn(async move {
        tokio::io::copy(&mut from_server, &mut to_client).await?;
        to_client.shutdown().await
    });
    let mut piece = [0; 4096];
    loop {
        let length = from_client.read(&mut piece).await?;
        if length == 0 {
            break;
        }
        record(&piece[..length]);
        to_server.write_all(&piece[..length]).await?;
    }
    to_server.shutdown().await?;
    to_client_task.await.map_err(io::Error::other)?
}

fn authorizes(head: &str, wanted: &str) -> bool {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .any(|(name, value)| name.eq_ignore_ascii_case("proxy-authorization") && value == wanted)
}
