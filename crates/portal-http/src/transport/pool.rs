use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderValue, header};
use hyper::client::conn::http2;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use portal_core::BaseUrl;
use tokio::time::timeout;
use tower_service::Service;

use crate::transport::body::TrackedBody;
use crate::transport::connection::{Connection, Http1, PendingRequest};
use crate::transport::response::{Response, TransportError};
use crate::transport::tls::Tls;
use crate::{Clock, Options};

/// How long an idle connection is kept: less than the keep-alive of common servers, so that a
/// request seldom meets a connection that the server is closing.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a peer may leave sent data unacknowledged.
#[cfg(any(target_os = "android", target_os = "linux"))]
const ACKNOWLEDGEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// A pool of connections to one host.
///
/// hyper speaks HTTP; hyper-util and hyper-rustls connect. A pool for one host is small enough to
/// be our own: docs/DESIGN.md has the figures.
pub(crate) struct Pool {
    tcp: HttpConnector,
    tls: Arc<Tls>,
    connect_timeout: Duration,
    base: BaseUrl,
    host: HeaderValue,
    idle: Mutex<Idle>,
}

/// Connections without a request, with the time of their last use. Calls share the HTTP/2 one.
#[derive(Default)]
struct Idle {
    http1: VecDeque<(Box<Http1>, Duration)>,
    http2: Option<(http2::SendRequest<TrackedBody>, Duration)>,
}

/// Creates what looks up names and connects: to the first address that answers, of either family.
pub(crate) fn tcp_connector() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp
}

impl Pool {
    pub(crate) fn new(base: &BaseUrl, tls: Arc<Tls>, options: &Options) -> Self {
        let mut tcp = tcp_connector();
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(IDLE_TIMEOUT));
        tcp.set_keepalive_interval(Some(IDLE_TIMEOUT));
        tcp.set_keepalive_retries(Some(3));
        #[cfg(any(target_os = "android", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(ACKNOWLEDGEMENT_TIMEOUT));
        let host = HeaderValue::from_str(base.authority().as_str());
        Self {
            tcp,
            tls,
            connect_timeout: options.connect_timeout,
            base: base.clone(),
            host: host.expect("an authority is visible ASCII"),
            idle: Mutex::default(),
        }
    }

    /// Sends a request once and reads the response.
    ///
    /// An idle connection may close at that moment. A request that it returns unsent goes to the
    /// next connection.
    pub(crate) async fn send(
        &self,
        request: &mut PendingRequest,
        clock: &dyn Clock,
    ) -> Result<Response, TransportError> {
        loop {
            let (mut connection, is_reused) = match self.take_idle(clock) {
                Some(connection) => (connection, true),
                // Boxed, since a handshake's state is large and few calls need one.
                None => (Box::pin(self.connect(clock)).await?, false),
            };
            self.set_target(request, &connection);
            match connection.send(request).await {
                Ok(response) => {
                    self.put_idle(connection, clock);
                    return Ok(response);
                }
                Err(TransportError::ConnectionClosed(_)) if is_reused => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Names the host: HTTP/1 has it in a header, HTTP/2 in the URI.
    fn set_target(&self, request: &mut PendingRequest, connection: &Connection) {
        let Some(request) = request else { return };
        match connection {
            Connection::Http1(_) => {
                if request.uri().authority().is_some() {
                    *request.uri_mut() = BaseUrl::origin_form(request.uri());
                }
                let headers = request.headers_mut();
                headers.insert(header::HOST, self.host.clone());
            }
            Connection::Http2(_) => {
                *request.uri_mut() = self.base.absolute(request.uri());
                request.headers_mut().remove(header::HOST);
            }
        }
    }

    /// Takes the connection that was used last, which is the most likely to be open still.
    fn take_idle(&self, clock: &dyn Clock) -> Option<Connection> {
        let now = clock.elapsed();
        loop {
            let mut connection = self.idle().take(now)?;
            if connection.is_ready() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose response was read to its end.
    fn put_idle(&self, connection: Connection, clock: &dyn Clock) {
        if let Connection::Http1(mut http1) = connection
            && http1.is_ready()
        {
            self.idle().http1.push_back((http1, clock.elapsed()));
        }
    }

    async fn connect(&self, clock: &dyn Clock) -> Result<Connection, TransportError> {
        let tls = self.tls.config().map_err(TransportError::Configuration)?;
        let mut connector = HttpsConnector::from((self.tcp.clone(), tls));
        // Boxed, and dropped before the connection allocates its buffers.
        let stream = Box::pin(timeout(self.connect_timeout, async {
            poll_fn(|cx| connector.poll_ready(cx)).await?;
            connector.call(self.base.root().clone()).await
        }));
        let stream = stream.await??;
        let connection = Connection::open(stream).await?;
        if let Connection::Http2(sender) = &connection {
            self.idle().http2 = Some((sender.clone(), clock.elapsed()));
        }
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn take(&mut self, now: Duration) -> Option<Connection> {
        let is_expired = |since: Duration| since + IDLE_TIMEOUT <= now;
        if let Some((sender, since)) = &mut self.http2 {
            if !sender.is_closed() && !is_expired(*since) {
                *since = now;
                return Some(Connection::Http2(sender.clone()));
            }
            // It ends when the calls that still use it have ended.
            self.http2 = None;
        }
        while self
            .http1
            .front()
            .is_some_and(|(_, since)| is_expired(*since))
        {
            self.http1.pop_front();
        }
        let (http1, _) = self.http1.pop_back()?;
        Some(Connection::Http1(http1))
    }
}
