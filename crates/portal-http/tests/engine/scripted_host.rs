//! A server on loopback that answers each request by a rule, however many come at once.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::common::LINK;

/// Says the whole answer to a request, of which it gets the head.
type Rule = dyn Fn(&str) -> String + Send + Sync;

pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Instant>>>,
    open: Arc<AtomicUsize>,
}

pub(crate) fn reply(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn reply_link() -> String {
    reply("200 OK", &format!(r#"{{"url":"{LINK}"}}"#))
}

impl TestServer {
    pub(crate) async fn open(rule: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            arrivals: Arc::default(),
            open: Arc::default(),
        };
        let rule: Arc<Rule> = Arc::new(rule);
        let (arrivals, open) = (server.arrivals.clone(), server.open.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (rule, arrivals, open) = (rule.clone(), arrivals.clone(), open.clone());
                open.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    // The client may go whenever it likes.
                    let _ = serve(stream, &*rule, &arrivals).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.arrivals.lock().unwrap().len()
    }
}

async fn serve(
    stream: TcpStream,
    rule: &Rule,
    arrivals: &Mutex<Vec<Instant>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        let mut length = 0;
        loop {
            let start = head.len();
            if stream.read_line(&mut head).await? == 0 {
                return Ok(());
            }
            let line = head[start..].trim_end();
            if let Some(n) = line.strip_prefix("content-length: ") {
                length = n.parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        arrivals.lock().unwrap().push(Instant::now());
        stream.write_all(rule(&head).as_bytes()).await?;
    }
}
