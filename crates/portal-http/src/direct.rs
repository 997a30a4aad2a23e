use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderValue, Request, Response, Uri, header};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{Connection as _, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use portal_core::BaseUrl;
use rustls::ClientConfig;
use tokio::task::yield_now;
use tokio::time::timeout;
use tower_service::Service;

use crate::delivery::WatchedBody;
use crate::transport::{Cut, Lost, Received, read};
use crate::{Clock, Options};

/// How long an idle connection is kept: below the keep-alive of common servers, so that a request
/// seldom meets a connection that the server is closing.
pub(crate) const IDLE: Duration = Duration::from_secs(15);

/// How long a peer's machine may be silent while it owes an acknowledgement.
#[cfg(any(target_os = "android", target_os = "linux"))]
const SILENCE: Duration = Duration::from_secs(30);

/// Connections to one host, kept open from call to call.
///
/// hyper speaks HTTP, hyper-util and hyper-rustls connect. What is between, the pool, is for one
/// host and so needs next to nothing: DESIGN.md has the figures.
pub(crate) struct Direct {
    connector: HttpsConnector<HttpConnector>,
    connect_timeout: Duration,
    base: BaseUrl,
    host: HeaderValue,
    kept: Mutex<Kept>,
}

/// Connections that nobody uses, with the time of their last use; all may use that of HTTP/2.
#[derive(Default)]
struct Kept {
    http1: VecDeque<(http1::SendRequest<WatchedBody>, Duration)>,
    http2: Option<(http2::SendRequest<WatchedBody>, Duration)>,
}

enum Connection {
    Http1(http1::SendRequest<WatchedBody>),
    Http2(http2::SendRequest<WatchedBody>),
}

impl Direct {
    pub(crate) fn new(base: &BaseUrl, tls: Arc<ClientConfig>, options: &Options) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(IDLE));
        tcp.set_keepalive_interval(Some(IDLE));
        tcp.set_keepalive_retries(Some(3));
        #[cfg(any(target_os = "android", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(SILENCE));
        let host = HeaderValue::from_str(base.authority().as_str());
        Self {
            connector: HttpsConnector::from((tcp, tls)),
            connect_timeout: options.connect_timeout,
            base: base.clone(),
            host: host.expect("an authority is visible ASCII"),
            kept: Mutex::default(),
        }
    }

    /// Sends a request once, and reads its answer.
    ///
    /// A connection that was kept may close just then. A request that it hands back untouched
    /// takes the next.
    pub(crate) async fn send(
        &self,
        mut request: Request<WatchedBody>,
        clock: &dyn Clock,
    ) -> Result<Received, Lost> {
        loop {
            let kept = self.usable(clock).await;
            let reused = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                // Boxed, since a handshake's state is large and few calls need one.
                None => Box::pin(self.connect(clock)).await?,
            };
            match connection.send(self.addressed(request, &connection)).await {
                Ok(response) => {
                    let received = read(response).await?;
                    self.keep(connection, clock);
                    return Ok(received);
                }
                Err(mut failed) => match failed.take_message() {
                    Some(back) if reused => request = back,
                    _ => return Err(failed.into_error().into()),
                },
            }
        }
    }

    /// Writes where a request goes: HTTP/1 has the host in a header, HTTP/2 in the URI.
    fn addressed(
        &self,
        mut request: Request<WatchedBody>,
        connection: &Connection,
    ) -> Request<WatchedBody> {
        let path = request.uri().path_and_query().cloned();
        let path = path.expect("a path was asked for");
        match connection {
            Connection::Http1(_) => {
                *request.uri_mut() = Uri::from(path);
                request
                    .headers_mut()
                    .insert(header::HOST, self.host.clone());
            }
            Connection::Http2(_) => {
                *request.uri_mut() = self.base.uri(&path);
                request.headers_mut().remove(header::HOST);
            }
        }
        request
    }

    /// Takes the connection that was used last, for that is the likeliest to be open still.
    async fn usable(&self, clock: &dyn Clock) -> Option<Connection> {
        let now = clock.elapsed();
        loop {
            let connection = self.kept().take(now)?;
            if !connection.is_ready() {
                // Its last answer has just ended, and it may need a moment to notice.
                yield_now().await;
            }
            if connection.is_ready() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose answer was read to its end.
    fn keep(&self, connection: Connection, clock: &dyn Clock) {
        if let Connection::Http1(sender) = connection
            && !sender.is_closed()
        {
            self.kept().http1.push_back((sender, clock.elapsed()));
        }
    }

    async fn connect(&self, clock: &dyn Clock) -> Result<Connection, Cut> {
        let mut connector = self.connector.clone();
        let stream = timeout(self.connect_timeout, async {
            poll_fn(|cx| connector.poll_ready(cx)).await?;
            connector.call(self.base.uri(&"/".try_into()?)).await
        });
        let stream = stream.await??;
        if !stream.connected().is_negotiated_h2() {
            let (sender, connection) = http1::handshake(stream).await?;
            tokio::spawn(connection);
            return Ok(Connection::Http1(sender));
        }
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        let (sender, connection) = http2.timer(TokioTimer::new()).handshake(stream).await?;
        tokio::spawn(connection);
        self.kept().http2 = Some((sender.clone(), clock.elapsed()));
        Ok(Connection::Http2(sender))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn take(&mut self, now: Duration) -> Option<Connection> {
        let old = |since: Duration| since + IDLE <= now;
        if let Some((sender, since)) = &mut self.http2 {
            if !sender.is_closed() && !old(*since) {
                *since = now;
                return Some(Connection::Http2(sender.clone()));
            }
            // It ends when those that still use it are done.
            self.http2 = None;
        }
        while self.http1.front().is_some_and(|(_, since)| old(*since)) {
            self.http1.pop_front();
        }
        let (sender, _) = self.http1.pop_back()?;
        Some(Connection::Http1(sender))
    }
}

impl Connection {
    fn is_ready(&self) -> bool {
        match self {
            Self::Http1(sender) => sender.is_ready(),
            Self::Http2(sender) => sender.is_ready(),
        }
    }

    async fn send(
        &mut self,
        request: Request<WatchedBody>,
    ) -> Result<Response<Incoming>, TrySendError<Request<WatchedBody>>> {
        match self {
            Self::Http1(sender) => sender.try_send_request(request).await,
            Self::Http2(sender) => sender.try_send_request(request).await,
        }
    }
}
