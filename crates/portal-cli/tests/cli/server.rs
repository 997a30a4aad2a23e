//! A scripted server for answers that the sandbox cannot give.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::common::{BOUND, portal};

/// How the server replies to every request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Writes these bytes and closes.
    Answer(String),
    /// Closes without an answer.
    Close,
    /// Sends nothing until the client disconnects.
    Hang,
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Reply {
    Reply::Answer(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    ))
}

pub(crate) fn json(status: &str, body: &str) -> Reply {
    answer(status, "content-type: application/json\r\n", body)
}

/// A server on its own port that gives the same reply to every request.
pub(crate) struct CannedServer {
    pub(crate) url: String,
    requests: Receiver<String>,
}

impl CannedServer {
    pub(crate) fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (request_sender, requests) = channel();
        // The thread runs until the tests end, and uses only a port.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (reply, request_sender) = (reply.clone(), request_sender.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &reply, &request_sender));
            }
        });
        Self { url, requests }
    }

    /// Waits for the next request.
    pub(crate) fn request(&self) -> String {
        self.requests.recv_timeout(BOUND).unwrap()
    }

    /// Returns how many requests were received and not yet waited for.
    pub(crate) fn requests(&self) -> usize {
        self.requests.try_iter().count()
    }

    /// Returns the binary with a `link` command for `provider` at this server, with test credentials.
    pub(crate) fn portal(&self, provider: &str) -> Command {
        let mut command = portal();
        command.args(["link", provider, "--base-url", &self.url]);
        match provider {
            "kwik" => command
                .args(["--customer", "cus_1"])
                .env("KWIK_API_KEY", "canary-key")
                .env("KWIK_API_SECRET", "canary-secret"),
            _ => command
                .args(["--email", "canary@example.com"])
                .env("ONLINEAPP_API_KEY", "canary-key")
                .env("ONLINEAPP_PAYWALL_ID", "547"),
        };
        command
    }
}

fn serve(mut stream: TcpStream, reply: &Reply, request_sender: &Sender<String>) {
    stream.set_read_timeout(Some(BOUND)).unwrap();
    let Some(request) = read(&mut stream) else {
        return;
    };
    // Fails once the test has ended.
    let _ = request_sender.send(request);
    match reply {
        Reply::Answer(text) => stream.write_all(text.as_bytes()).unwrap(),
        Reply::Close => {}
        Reply::Hang => {
            let _ = stream.read(&mut [0]);
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        text.extend(byte);
    }
    let head = String::from_utf8(text.clone())
        .unwrap()
        .to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    text.extend(body);
    Some(String::from_utf8(text).unwrap())
}
