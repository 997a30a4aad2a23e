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

use crate::transport::body::TrackedBody;
use crate::transport::response::{Response, TransportError, read_body};

/// A request until a connection takes it. Boxed, because a call outlives its request.
pub(crate) type PendingRequest = Option<Box<Request<TrackedBody>>>;

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// One open connection.
pub(crate) enum Connection {
    Http1(Box<Http1>),
    /// Shared by many calls, so hyper drives it on a task of its own.
    Http2(http2::SendRequest<TrackedBody>),
}

/// An HTTP/1 connection that one call at a time uses and drives, without a task of its own.
pub(crate) struct Http1 {
    sender: http1::SendRequest<TrackedBody>,
    /// hyper's connection future; `None` once it has ended.
    driver: Option<http1::Connection<Stream, TrackedBody>>,
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
        if !stream.connected().is_negotiated_h2() {
            let (sender, driver) = Box::pin(http1::handshake(stream)).await?;
            let driver = Some(driver);
            return Ok(Self::Http1(Box::new(Http1 { sender, driver })));
        }
        let mut http2 = http2::Builder::new(BoxingExecutor);
        let handshake = http2.timer(TokioTimer::new()).handshake(stream);
        let (sender, driver) = Box::pin(handshake).await?;
        tokio::spawn(driver);
        Ok(Self::Http2(sender))
    }

    /// Returns whether the connection can take a request now.
    pub(crate) fn is_ready(&mut self) -> bool {
        match self {
            Self::Http1(http1) => http1.is_ready(),
            Self::Http2(sender) => sender.is_ready(),
        }
    }

    /// Takes the request, sends it once and reads the response.
    ///
    /// After [`TransportError::ConnectionClosed`] the request is back in its place, unsent.
    pub(crate) async fn send(
        &mut self,
        request: &mut PendingRequest,
    ) -> Result<Response, TransportError> {
        let taken = *request.take().expect("a request is sent once");
        match self {
            Self::Http1(http1) => {
                let response = {
                    let mut response = pin!(http1.sender.try_send_request(taken));
                    let mut is_written = false;
                    poll_fn(|cx| {
                        // The first poll writes; no response can be there yet.
                        if !mem::replace(&mut is_written, true) {
                            http1.poll_driver(cx);
                            return response.as_mut().poll(&mut noop_context());
                        }
                        http1.poll_with_driver(cx, |cx| response.as_mut().poll(cx))
                    })
                    .await
                };
                let response = response.map_err(|error| unsent_or_lost(error, request))?;
                let mut response = response.map(|body| ConnectionBody {
                    body,
                    connection: http1,
                });
                read_body(&mut response).await
            }
            Self::Http2(sender) => {
                let response = sender.try_send_request(taken).await;
                let mut response = response.map_err(|error| unsent_or_lost(error, request))?;
                read_body(&mut response).await
            }
        }
    }
}

impl Http1 {
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
        // The body mostly arrives with the head.
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

/// Puts a request back that hyper returned unsent; any other failure is a lost connection.
fn unsent_or_lost(
    mut error: TrySendError<Request<TrackedBody>>,
    request: &mut PendingRequest,
) -> TransportError {
    *request = error.take_message().map(Box::new);
    let is_unsent = request.is_some();
    let cause = error.into_error().into();
    match is_unsent {
        true => TransportError::ConnectionClosed(cause),
        false => TransportError::ConnectionLost(cause),
    }
}
