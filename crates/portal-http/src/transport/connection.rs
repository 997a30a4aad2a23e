use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use crate::transport::body::TrackedBody;
use crate::transport::read_meter::{MeteredStream, ReadMeter};
use crate::transport::response::{Response, TransportError, find, read_body};

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Adapts between tokio's and hyper's streams, since hyper's buffer can only be counted with
/// `unsafe`.
type Metered = TokioIo<MeteredStream<TokioIo<Stream>>>;

/// How long an HTTP/2 connection with calls may be silent before a ping is sent, and how long the
/// reply may take.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// A request that no connection has taken yet. Boxed, because a call outlives its request.
pub(crate) struct PendingRequest {
    pub(crate) request: Option<Box<Request<TrackedBody>>>,
    /// Whether the request is repeated because a reused connection failed under it.
    pub(crate) is_resent: bool,
    /// The HTTP/2 connection that has the request, until the answer begins.
    pub(crate) http2: Option<u64>,
}

impl PendingRequest {
    pub(crate) fn new(request: Request<TrackedBody>, is_resent: bool) -> Self {
        Self {
            request: Some(Box::new(request)),
            is_resent,
            http2: None,
        }
    }

    pub(crate) fn take(&mut self) -> Request<TrackedBody> {
        *self.request.take().expect("a request is sent once")
    }
}

/// One open connection.
pub(crate) enum Connection {
    Http1(Box<Http1>),
    Http2(Http2),
}

/// An HTTP/1 connection that one call at a time uses and drives, without a task of its own.
pub(crate) struct Http1 {
    sender: http1::SendRequest<TrackedBody>,
    /// hyper's connection future; `None` once it has ended.
    driver: Option<http1::Connection<Metered, TrackedBody>>,
    meter: ReadMeter,
}

/// An HTTP/2 connection. Many calls share it, so hyper drives it on a task of its own.
#[derive(Clone)]
pub(crate) struct Http2 {
    sender: http2::SendRequest<TrackedBody>,
    pub(crate) id: u64,
}

/// A response body together with the connection that delivers it.
struct ConnectionBody<'a> {
    body: Incoming,
    connection: &'a mut Http1,
}

/// Boxes a task before it spawns it: hyper's task for an HTTP/2 call has 5 KiB, and moving that
/// costs more than the allocation.
#[derive(Clone, Copy)]
struct BoxingExecutor;

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for BoxingExecutor {
    fn execute(&self, task: F) {
        tokio::spawn(Box::pin(task));
    }
}

impl Connection {
    pub(crate) async fn open(stream: Stream) -> Result<Self, hyper::Error> {
        if stream.connected().is_negotiated_h2() {
            return Http2::open(stream).await.map(Self::Http2);
        }
        let meter = ReadMeter::default();
        let stream = MeteredStream::new(TokioIo::new(stream), meter.clone());
        let (sender, driver) = Box::pin(http1::handshake(TokioIo::new(stream))).await?;
        Ok(Self::Http1(Box::new(Http1 {
            sender,
            driver: Some(driver),
            meter,
        })))
    }

    /// Takes the request, sends it once and reads the response.
    ///
    /// After [`TransportError::ConnectionClosed`] the unsent request is in `pending` again.
    pub(crate) async fn send(
        &mut self,
        pending: &mut PendingRequest,
    ) -> Result<Response, TransportError> {
        match self {
            Self::Http1(http1) => match http1.send(pending).await {
                Err(_) if http1.meter.is_exceeded() => Err(TransportError::AnswerTooLong),
                Err(TransportError::ConnectionLost(cause)) if http1.meter.is_zero() => {
                    Err(TransportError::NoAnswer(cause))
                }
                result => result,
            },
            Self::Http2(http2) => http2.send(pending).await,
        }
    }
}

impl Http1 {
    async fn send(&mut self, pending: &mut PendingRequest) -> Result<Response, TransportError> {
        self.meter.reset();
        let request = pending.take();
        let response = {
            let mut response = pin!(self.sender.try_send_request(request));
            let mut is_written = false;
            poll_fn(|cx| {
                // The first poll writes; no response can be there yet.
                if !mem::replace(&mut is_written, true) {
                    self.poll_driver(cx);
                    return response.as_mut().poll(&mut noop_context());
                }
                self.poll_with_driver(cx, |cx| response.as_mut().poll(cx))
            })
            .await
        };
        let response = response.map_err(|error| unsent_or_lost(error, pending))?;
        let mut response = response.map(|body| ConnectionBody {
            body,
            connection: self,
        });
        read_body(&mut response).await
    }

    /// Reads what has arrived meanwhile and returns whether a request may be sent.
    pub(crate) fn is_ready(&mut self) -> bool {
        // No waker: the connection is polled again before the next request.
        self.poll_driver(&mut noop_context());
        self.sender.is_ready()
    }

    /// Drives the connection until `poll` is ready or the connection has to wait.
    fn poll_with_driver<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        // Poll with a no-op waker first: data read at once must not schedule a second poll.
        self.poll_driver(&mut noop_context());
        if let Poll::Ready(value) = poll(&mut noop_context()) {
            return Poll::Ready(value);
        }
        self.poll_driver(cx);
        poll(&mut noop_context())
    }

    /// Writes and reads as much as possible. A failure reaches the pending response.
    fn poll_driver(&mut self, cx: &mut Context<'_>) {
        if let Some(driver) = &mut self.driver
            && Pin::new(driver).poll(cx).is_ready()
        {
            self.driver = None;
        }
    }
}

impl Http2 {
    async fn open(stream: Stream) -> Result<Self, hyper::Error> {
        /// Ids distinguish a connection from the one that replaced it.
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let mut builder = http2::Builder::new(BoxingExecutor);
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_INTERVAL);
        let (sender, driver) = Box::pin(builder.handshake(stream)).await?;
        tokio::spawn(driver);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Ok(Self { sender, id })
    }

    /// Returns whether the connection can take a request now.
    pub(crate) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    async fn send(&mut self, pending: &mut PendingRequest) -> Result<Response, TransportError> {
        let request = pending.take();
        pending.http2 = Some(self.id);
        let response = self.sender.try_send_request(request).await;
        pending.http2 = None;
        let response = response.map_err(|error| match unsent_or_lost(error, pending) {
            // No frame of the answer has arrived: the connection failed, not the stream.
            TransportError::ConnectionLost(cause) if !is_stream_error(&*cause) => {
                TransportError::NoAnswer(cause)
            }
            error => error,
        });
        read_body(&mut response?).await
    }
}

/// A context that wakes no task, for polls whose caller polls again by itself.
fn noop_context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

impl Body for ConnectionBody<'_> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Self { body, connection } = &mut *self;
        // The body usually arrives with the head.
        if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(&mut noop_context()) {
            return Poll::Ready(frame);
        }
        connection.poll_with_driver(cx, |cx| Pin::new(&mut *body).poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Puts back a request that hyper returned unsent; classifies any other failure.
fn unsent_or_lost(
    mut error: TrySendError<Request<TrackedBody>>,
    pending: &mut PendingRequest,
) -> TransportError {
    pending.request = error.take_message().map(Box::new);
    let is_unsent = pending.request.is_some();
    let error = error.into_error();
    match is_unsent {
        true => TransportError::ConnectionClosed(error.into()),
        false => error.into(),
    }
}

/// Returns whether the server reset the request's stream and kept the connection.
fn is_stream_error(error: &(dyn StdError + 'static)) -> bool {
    find::<h2::Error>(error).is_some_and(h2::Error::is_reset)
}
