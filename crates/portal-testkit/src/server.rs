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
    /// Writes pieces of the headers or the body, each after this time, and keeps the connection. If a
    /// timeout becomes due before the last piece, the server stops and waits until the client disconnects.
    Slowly(Duration, Vec<Vec<u8>>),
    /// Advances the clock by this time and never answers.
    Hang(Duration),
    /// Closes the connection without an answer.
    Close,
    /// Resets the connection without an answer (`SO_LINGER` of zero).
    Reset,
}

/// Returns a step that answers with a status such as `404 Not Found`, header lines that each end
/// with `\r\n`, and a body, whose length it adds.
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
    /// Notified when a client has disconnected from a hanging request.
    pub disconnect: Arc<Notify>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    script: VecDeque<Step>,
    requests: Vec<String>,
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
            disconnect: Arc::default(),
            state: Arc::new(Mutex::new(State {
                script: script.into_iter().collect(),
                requests: Vec::new(),
                connections: 0,
            })),
        };
        let (state, disconnect, clock) = (
            server.state.clone(),
            server.disconnect.clone(),
            clock.clone(),
        );
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                with_state(&state, |state| state.connections += 1);
                let (state, disconnect, clock) = (state.clone(), disconnect.clone(), clock.clone());
                tokio::spawn(async move {
                    // A client that disconnects ends its own connection, but not the test.
                    let _gone = serve(stream, &state, &clock, &disconnect).await;
                });
            }
        });
        server
    }

    /// Returns all requests so far, as they were received.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        with_state(&self.state, |state| state.requests.clone())
    }

    /// Returns how many connections were made so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        with_state(&self.state, |state| state.connections)
    }
}

fn with_state<T>(state: &Mutex<State>, access: impl FnOnce(&mut State) -> T) -> T {
    access(&mut state.lock().expect("no holder of the lock panics"))
}

async fn serve(
    stream: TcpStream,
    state: &Mutex<State>,
    clock: &TestClock,
    disconnect: &Notify,
) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    loop {
        let request = read_request(&mut stream).await?;
        let step = with_state(state, |state| {
            state.requests.push(request);
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
                    if clock.settle().await {
                        return wait_for_disconnect(stream, disconnect).await;
                    }
                    write(&mut stream, &piece).await?;
                }
            }
            Some(Step::Hang(time)) => {
                clock.advance(time);
                return wait_for_disconnect(stream, disconnect).await;
            }
            Some(Step::Close) | None => return Ok(()),
            Some(Step::Reset) => return stream.get_ref().set_zero_linger(),
        }
    }
}

/// Waits until the client has disconnected.
async fn wait_for_disconnect(
    mut stream: BufStream<TcpStream>,
    disconnect: &Notify,
) -> std::io::Result<()> {
    while stream.read_u8().await.is_ok() {}
    disconnect.notify_one();
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
