//! A server of HTTP/2 that follows a script frame by frame, which no HTTP library allows.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use portal_testkit::{Authority, TlsFront, Validity};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::common::LINK;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const REFUSED_STREAM: u32 = 7;

/// What the server does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Link,
    /// Resets the stream as refused.
    Refuse,
    /// Announces that this request and later ones are not processed, and closes. A request that
    /// came out of the order of ids is answered instead, and a later one meets this.
    GoAwayBefore,
    /// Announces that this request is the last one processed, and closes without an answer.
    GoAwayAfter,
    /// Acknowledges bytes and answers nothing from now on, on this connection.
    FallSilent,
    /// Closes the connection.
    Close,
}

pub(crate) struct Http2Host {
    pub(crate) authority: Authority,
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    connections: Mutex<usize>,
    requests: Mutex<usize>,
    silent: Notify,
}

impl Http2Host {
    /// Starts a server whose `rule` gets the number of the connection and of its request, from 0.
    pub(crate) async fn start(
        rule: impl Fn(usize, usize) -> Reply + Copy + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inside = listener.local_addr().unwrap();
        let authority = Authority::new("ours");
        let mut config = authority.certificate("127.0.0.1", Validity::Now).config();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let address = TlsFront::start(config, inside).await.address;
        let state = Arc::new(State::default());
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = shared.clone();
                tokio::spawn(async move {
                    let number = next(&shared.connections);
                    // The client may close at any time.
                    let _ = serve(stream, &shared, |request| rule(number, request)).await;
                });
            }
        });
        Self {
            authority,
            address,
            state,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap()
    }

    pub(crate) fn requests(&self) -> usize {
        *self.state.requests.lock().unwrap()
    }

    /// Waits until a connection has fallen silent.
    pub(crate) async fn silent(&self) {
        self.state.silent.notified().await;
    }
}

fn next(counter: &Mutex<usize>) -> usize {
    let mut counter = counter.lock().unwrap();
    *counter += 1;
    *counter - 1
}

async fn serve(
    mut stream: TcpStream,
    state: &State,
    rule: impl Fn(usize) -> Reply,
) -> std::io::Result<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    write(&mut stream, SETTINGS, 0, 0, &[]).await?;
    let mut requests = 0;
    let mut is_silent = false;
    // Streams whose request has begun and not ended, and the last one answered.
    let (mut open, mut answered) = (BTreeSet::new(), 0);
    let mut is_leaving = false;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, id @ ..] = head;
        let (length, id) = (u32::from_be_bytes([0, a, b, c]), u32::from_be_bytes(id));
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await?;
        let is_request = matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0;
        if kind == HEADERS {
            open.insert(id);
        }
        match kind {
            _ if is_silent => {}
            SETTINGS if flags & ACK == 0 => write(&mut stream, SETTINGS, ACK, 0, &[]).await?,
            PING if flags & ACK == 0 => write(&mut stream, PING, ACK, 0, &payload).await?,
            _ if is_request => {
                next(&state.requests);
                let reply = rule(requests);
                requests += 1;
                open.remove(&id);
                is_leaving |= reply == Reply::GoAwayBefore;
                match reply {
                    // GOAWAY separates streams by their ids, so it waits for one that does so.
                    _ if is_leaving && answered < id && open.range(..id).next().is_none() => {
                        return go_away(&mut stream, id.saturating_sub(2)).await;
                    }
                    Reply::Link | Reply::GoAwayBefore => {
                        answered = answered.max(id);
                        answer(&mut stream, id).await?;
                    }
                    Reply::Refuse => {
                        let reason = REFUSED_STREAM.to_be_bytes();
                        write(&mut stream, RST_STREAM, 0, id, &reason).await?;
                    }
                    Reply::GoAwayAfter => return go_away(&mut stream, id).await,
                    Reply::FallSilent => {
                        is_silent = true;
                        state.silent.notify_one();
                    }
                    Reply::Close => return Ok(()),
                }
            }
            _ => {}
        }
    }
}

async fn answer(stream: &mut TcpStream, id: u32) -> std::io::Result<()> {
    // The static table's entry for `:status: 200`.
    write(stream, HEADERS, END_HEADERS, id, &[0x88]).await?;
    let body = format!(r#"{{"url":"{LINK}"}}"#);
    write(stream, DATA, END_STREAM, id, body.as_bytes()).await
}

async fn go_away(stream: &mut TcpStream, last: u32) -> std::io::Result<()> {
    let payload = [last.to_be_bytes(), [0; 4]].concat();
    write(stream, GOAWAY, 0, 0, &payload).await?;
    stream.shutdown().await?;
    // Closing with unread requests would reset the connection, and lose what was written.
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

async fn write(
    stream: &mut TcpStream,
    kind: u8,
    flags: u8,
    id: u32,
    payload: &[u8],
) -> std::io::Result<()> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length.to_vec();
    frame.extend([kind, flags]);
    frame.extend(id.to_be_bytes());
    frame.extend(payload);
    stream.write_all(&frame).await
}
