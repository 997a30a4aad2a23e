//! A webhook's receiver that answers with configured answers and collects the deliveries.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// The receiver's answer to one delivery; after the last it answers 200.
#[derive(Clone, Copy)]
pub(crate) enum Reply {
    Status(u16),
    /// It reads the request and never answers.
    Silence,
    /// It reads the request and closes the connection.
    Close,
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    deliveries: mpsc::UnboundedReceiver<Delivered>,
}

#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Receiver {
    pub(crate) async fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut replies = VecDeque::from_iter(replies.iter().copied());
        let (sender, deliveries) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut silent = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let delivered = read(&mut stream).await;
                let reply = replies.pop_front().unwrap_or(Reply::Status(200));
                if let Reply::Status(status) = reply {
                    let answer = format!(
                        "HTTP/1.1 {status} Status\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
                    );
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
                if let Reply::Silence = reply {
                    silent.push(stream);
                }
                if sender.send(delivered).is_err() {
                    return;
                }
            }
        });
        Self {
            address,
            deliveries,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hooks?from=sandbox", self.address)
    }

    /// Waits for the next delivery.
    pub(crate) async fn next(&mut self) -> Delivered {
        self.deliveries.recv().await.unwrap()
    }

    /// The deliveries that were not read yet.
    pub(crate) fn rest(&mut self) -> Vec<Delivered> {
        std::iter::from_fn(|| self.deliveries.try_recv().ok()).collect()
    }
}

impl Delivered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Delivered {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.unwrap();
        match header.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    Delivered {
        line: line.trim_end().to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    }
}
