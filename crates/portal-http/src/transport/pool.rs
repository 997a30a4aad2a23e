use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderValue, Uri, header};
use hyper::client::conn::http2;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use portal_core::BaseUrl;
use tokio::time::timeout;
use tower_service::Service;

use crate::transport::body::WatchedBody;
use crate::transport::connection::{Connection, Failed, Http1, Unsent};
use crate::transport::response::{Lost, Received};
use crate::transport::tls::Tls;
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
/// host and so needs next to nothing: docs/DESIGN.md has the figures.
pub(crate) struct Direct {
    tcp: HttpConnector,
    tls: Arc<Tls>,
    connect_timeout: Duration,
    base: BaseUrl,
    host: HeaderValue,
    kept: Mutex<Kept>,
}

/// Connections that nobody uses, with the time of their last use; all may use that of HTTP/2.
#[derive(Default)]
struct Kept {
    http1: VecDeque<(Box<Http1>, Duration)>,
    http2: Option<(http2::SendRequest<WatchedBody>, Duration)>,
}

impl Direct {
    pub(crate) fn new(base: &BaseUrl, tls: Arc<Tls>, options: &Options) -> Self {
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
            tcp,
            tls,
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
        request: &mut Unsent,
        clock: &dyn Clock,
    ) -> Result<Received, Lost> {
        loop {
            let (mut connection, reused) = match self.usable(clock) {
                Some(connection) => (connection, true),
                // Boxed, since a handshake's state is large and few calls need one.
                None => (Box::pin(self.connect(clock)).await?, false),
            };
            self.address(request, &connection);
            match connection.send(request).await {
                Ok(received) => {
                    self.keep(connection, clock);
                    return Ok(received);
                }
                Err(Failed::Unused(_)) if reused => {}
                Err(Failed::Unused(why)) => return Err(why.into()),
                Err(Failed::Lost(lost)) => return Err(lost),
            }
        }
    }

    /// Writes where a request goes: HTTP/1 has the host in a header, HTTP/2 in the URI.
    fn address(&self, request: &mut Unsent, connection: &Connection) {
        let Some(request) = request else { return };
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
                // The path has the base's folder already.
                let mut parts = self.base.root().clone().into_parts();
                parts.path_and_query = Some(path);
                *request.uri_mut() = Uri::from_parts(parts).expect("a base and a path make a URI");
                request.headers_mut().remove(header::HOST);
            }
        }
    }

    /// Takes the connection that was used last, for that is the likeliest to be open still.
    fn usable(&self, clock: &dyn Clock) -> Option<Connection> {
        let now = clock.elapsed();
        loop {
            let mut connection = self.kept().take(now)?;
            if connection.is_ready() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose answer was read to its end.
    fn keep(&self, connection: Connection, clock: &dyn Clock) {
        if let Connection::Http1(mut http1) = connection
            && http1.is_ready()
        {
            self.kept().http1.push_back((http1, clock.elapsed()));
        }
    }

    async fn connect(&self, clock: &dyn Clock) -> Result<Connection, Lost> {
        let tls = self.tls.config().map_err(Lost::Misconfigured)?;
        let mut connector = HttpsConnector::from((self.tcp.clone(), tls));
        // Boxed, and gone before the connection's buffers are made: they take its place.
        let stream = Box::pin(timeout(self.connect_timeout, async {
            poll_fn(|cx| connector.poll_ready(cx)).await?;
            connector.call(self.base.root().clone()).await
        }));
        let stream = stream.await??;
        let connection = Connection::open(stream).await?;
        if let Connection::Http2(sender) = &connection {
            self.kept().http2 = Some((sender.clone(), clock.elapsed()));
        }
        Ok(connection)
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
        let (http1, _) = self.http1.pop_back()?;
        Some(Connection::Http1(http1))
    }
}
