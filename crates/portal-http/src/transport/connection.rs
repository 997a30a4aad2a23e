use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use crate::transport::body::WatchedBody;
use crate::transport::response::{Lost, Received, read};

/// A request, until a connection takes it; boxed, since that is soon, and the call then waits long.
pub(crate) type Unsent = Option<Box<Request<WatchedBody>>>;

type Refusal = TrySendError<Request<WatchedBody>>;
type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Why a connection brought no answer.
pub(crate) enum Failed {
    /// The request was not begun, and is where it was: the connection had closed.
    Unused(hyper::Error),
    Lost(Lost),
}

/// One open connection.
pub(crate) enum Connection {
    Http1(Box<Http1>),
    /// Many calls share it, so it has a task of its own.
    Http2(http2::SendRequest<WatchedBody>),
}

/// A connection that one call at a time uses, and drives: it has no task to wake and to wait for.
pub(crate) struct Http1 {
    sender: http1::SendRequest<WatchedBody>,
    /// `None` once it is closed.
    wire: Option<http1::Connection<Stream, WatchedBody>>,
}

/// An answer's body, with the connection that brings it.
struct Brought<'a> {
    body: Incoming,
    by: &'a mut Http1,
}

/// Starts a task that it boxes first: hyper's for a call over HTTP/2 has five KiB, which costs more to move than a box.
#[derive(Clone, Copy)]
struct Boxing;

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Boxing {
    fn execute(&self, task: F) {
        tokio::spawn(Box::pin(task));
    }
}

impl Connection {
    pub(crate) async fn open(stream: Stream) -> Result<Self, hyper::Error> {
        if !stream.connected().is_negotiated_h2() {
            let (sender, wire) = Box::pin(http1::handshake(stream)).await?;
            let wire = Some(wire);
            return Ok(Self::Http1(Box::new(Http1 { sender, wire })));
        }
        let mut http2 = http2::Builder::new(Boxing);
        let handshake = http2.timer(TokioTimer::new()).handshake(stream);
        let (sender, wire) = Box::pin(handshake).await?;
        tokio::spawn(wire);
        Ok(Self::Http2(sender))
    }

    /// Says whether it takes a request now.
    pub(crate) fn is_ready(&mut self) -> bool {
        match self {
            Self::Http1(http1) => http1.is_ready(),
            Self::Http2(sender) => sender.is_ready(),
        }
    }

    /// Takes the request, sends it once, and reads its answer.
    pub(crate) async fn send(&mut self, request: &mut Unsent) -> Result<Received, Failed> {
        let taken = *request.take().expect("a request is sent once");
        match self {
            Self::Http1(http1) => {
                let response = {
                    let mut response = pin!(http1.sender.try_send_request(taken));
                    let mut written = false;
                    poll_fn(|cx| {
                        // The first turn writes. There is nothing to read yet, so one is enough.
                        if !mem::replace(&mut written, true) {
                            http1.turn(cx);
                            return response.as_mut().poll(&mut nobody());
                        }
                        http1.until(cx, |nobody| response.as_mut().poll(nobody))
                    })
                    .await
                };
                let response = response.map_err(|failed| Failed::of(failed, request))?;
                let mut brought = response.map(|body| Brought { body, by: http1 });
                read(&mut brought).await.map_err(Failed::Lost)
            }
            Self::Http2(sender) => {
                let response = sender.try_send_request(taken).await;
                let mut response = response.map_err(|failed| Failed::of(failed, request))?;
                read(&mut response).await.map_err(Failed::Lost)
            }
        }
    }
}

impl Http1 {
    /// Looks at what came meanwhile, and says whether a request may be sent.
    pub(crate) fn is_ready(&mut self) -> bool {
        // TestAdapter waits for what may come later: it is looked at again before the next request.
        self.turn(&mut nobody());
        self.sender.is_ready()
    }

    /// Takes turns until something is there, or until the connection has to wait.
    fn until<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut something: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        // The first one as nobody: who has himself woken by what he reads then and there is polled
        // once more for nothing.
        self.turn(&mut nobody());
        if let Poll::Ready(there) = something(&mut nobody()) {
            return Poll::Ready(there);
        }
        self.turn(cx);
        something(&mut nobody())
    }

    /// Writes and reads what can be. Whoever waits for an answer is told if the connection fails.
    fn turn(&mut self, cx: &mut Context<'_>) {
        if let Some(wire) = &mut self.wire
            && Pin::new(wire).poll(cx).is_ready()
        {
            self.wire = None;
        }
    }
}

/// To be woken when there is something: nobody, since whoever took the turn looks for himself.
fn nobody() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

impl Body for Brought<'_> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Self { body, by } = &mut *self;
        // Mostly it came with the head.
        if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(&mut nobody()) {
            return Poll::Ready(frame);
        }
        by.until(cx, |nobody| Pin::new(&mut *body).poll_frame(nobody))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Failed {
    fn of(mut refusal: Refusal, request: &mut Unsent) -> Self {
        *request = refusal.take_message().map(Box::new);
        match request {
            Some(_) => Self::Unused(refusal.into_error()),
            None => Self::Lost(refusal.into_error().into()),
        }
    }
}
