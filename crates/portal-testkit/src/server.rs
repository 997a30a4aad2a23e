use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::TestClock;

/// A [`Server`]'s reaction to the next request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Writes these bytes and keeps the connection.
    Answer(Vec<u8>),
    /// Writes these bytes and closes.
    AnswerAndClose(Vec<u8>),
    /// Writes these bytes and resets the connection (`SO_LINGER` of zero).
    AnswerAndReset(Vec<u8>),
    /// Writes piece by piece, each after that much time, and keeps the connection: slow headers
    /// or a slow body, as the pieces are cut. If a timeout becomes due meanwhile, the rest is
    /// not written, and the server waits until the client disconnects.
    Slowly(Duration, Vec<Vec<u8>>),
    /// Lets that much time pass and never answers.
    Hang(Duration),
    /// Closes the connection without an answer.
    Close,
    /// Resets the connection without an answer (`SO_LINGER` of zero).
    Reset,
}

/// Makes the step that answers with a status (such as `404 Not Found`), header lines (each with
/// its `\r\n`) and a body, whose length it adds.
#[must_use]
pub fn answer(status: &str, headers: &str, body: &str) -> Step {
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    Step::Answer(text.into())
}

/// A server on loopback that follows a script, one step per request, and records the requests.
///
/// A request beyond the script is recorded too, and its connection is closed. The
/// server lives as long as the runtime it was started in.
#[derive(Debug)]
pub struct Server {
    /// The address that it listens on.
    pub address: SocketAddr,
    /// Notified when a client has left a hanging request.
    pub abandoned: Arc<Notify>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    script: VecDeque<Step>,
    seen: Vec<String>,
    connections: usize,
}

impl Server {
    /// Starts on a free port; steps that take time advance `clock`.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O, and if loopback has no free port.
    pub async fn start(clock: &TestClock, script: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let server = Self {
            address: listener.local_addr().expect("a bound socket"),
            abandoned: Arc::default(),
            state: Arc::new(Mutex::new(State {
                script: script.into_iter().collect(),
                seen: Vec::new(),
                connections: 0,
            })),
        };
        let (state, abandoned, clock) = (
            server.state.clone(),
            server.abandoned.clone(),
            clock.clone(),
        );
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                locked(&state, |state| state.connections += 1);
                let (state, abandoned, clock) = (state.clone(), abandoned.clone(), clock.clone());
                tokio::spawn(async move {
                    // A client that disconnects ends its own connection, but not the test.
                    let _gone = serve(stream, &state, &clock, &abandoned).await;
                });
            }
        });
        server
    }

    /// Returns all requests so far, as they were received.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        locked(&self.state, |state| state.seen.clone())
    }

    /// Returns how many connections were made so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        locked(&self.state, |state| state.connections)
    }
}

fn locked<T>(state: &Mutex<State>, of: impl FnOnce(&mut State) -> T) -> T {
    of(&mut state.lock().expect("no holder of the lock panics"))
}

async fn serve(
    stream: TcpStream,
    state: &Mutex<State>,
    clock: &TestClock,
    abandoned: &Notify,
) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    loop {
        let request = read_request(&mut stream).await?;
        let step = locked(state, |state| {
            state.seen.push(request);
            state.script.pop_front()
        });
        match step {
            Some(Step::Answer(bytes)) => write(&mut stream, &bytes).await?,
            Some(Step::AnswerAndClose(bytes)) => return write(&mut stream, &bytes).await,
            Some(Step::AnswerAndReset(bytes)) => {
                write(&mut stream, &bytes).await?;
                return stream.get_ref().set_zero_linger();
            }
            Some(Step::Slowly(each, pieces)) => {
                for piece in pieces {
                    clock.advance(each);
                    if clock.settled().await {
                        return forsaken(stream, abandoned).await;
                    }
                    write(&mut stream, &piece).await?;
                }
            }
            Some(Step::Hang(time)) => {
                clock.advance(time);
                return forsaken(stream, abandoned).await;
            }
            Some(Step::Close) | None => return Ok(()),
            Some(Step::Reset) => return stream.get_ref().set_zero_linger(),
        }
    }
}

/// Waits until the client has disconnected.
async fn forsaken(mut stream: BufStream<TcpStream>, abandoned: &Notify) -> std::io::Result<()> {
    while stream.read_u8().await.is_ok() {}
    abandoned.notify_one();
    Ok(())
}

async fn write(stream: &mut BufStream<TcpStream>, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

async fn read_request(stream: &mut BufStream<TcpStream>) -> std::io::Result<String> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&text).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    text.extend(body);
    Ok(String::from_utf8_lossy(&text).into_owned())
}
