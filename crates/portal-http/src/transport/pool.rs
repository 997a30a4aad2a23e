use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request, header};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use portal_core::BaseUrl;
use tokio::time::timeout;
use tower_service::Service;

use crate::transport::body::TrackedBody;
use crate::transport::connection::{Connection, PendingRequest};
use crate::transport::first_handshake::{FirstHandshake, Turn};
use crate::transport::idle::IdleConnections;
use crate::transport::response::{Response, TransportError};
use crate::transport::tls::Tls;
use crate::{Clock, Options};

/// How long a connection may be silent before the system probes it.
const PROBE_INTERVAL: Duration = Duration::from_secs(15);

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
    idle: IdleConnections,
    handshake: FirstHandshake,
}

/// Creates the connector, which resolves a name and connects to the first address that answers.
pub(crate) fn tcp_connector() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp
}

impl Pool {
    pub(crate) fn new(base: &BaseUrl, tls: Arc<Tls>, options: &Options) -> Self {
        let mut tcp = tcp_connector();
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(PROBE_INTERVAL));
        tcp.set_keepalive_interval(Some(PROBE_INTERVAL));
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
            idle: IdleConnections::new(options.idle_timeout),
            handshake: FirstHandshake::new(!base.is_plain()),
        }
    }

    /// Sends a request once and reads the response.
    ///
    /// An idle connection may close at this moment. The request that it returns unsent is then sent
    /// on the next connection.
    pub(crate) async fn send(
        &self,
        pending: &mut PendingRequest,
        clock: &Arc<dyn Clock>,
    ) -> Result<Response, TransportError> {
        loop {
            let idle = self.idle.take(clock.elapsed(), pending.is_resent);
            let (mut connection, is_reused) = match idle {
                Some(connection) => (connection, true),
                // Boxed, since a handshake's state is large and few calls need one.
                None => Box::pin(self.connect(clock)).await?,
            };
            self.set_target(&mut pending.request, &connection);
            match connection.send(pending).await {
                Ok(response) => {
                    if is_reused {
                        self.idle.record_reuse();
                    }
                    if let Connection::Http1(http1) = connection {
                        let announced = keep_alive(&response.headers);
                        self.idle.put_http1(http1, announced, clock);
                    }
                    return Ok(response);
                }
                Err(error) => {
                    if let Connection::Http2(http2) = &connection {
                        self.idle.retire(http2.id);
                    }
                    match error {
                        TransportError::ConnectionClosed(_) if is_reused => {}
                        TransportError::NoAnswer(_) if is_reused => {
                            self.idle.record_sudden_close(clock.elapsed());
                            return Err(error);
                        }
                        TransportError::NoAnswer(cause) => {
                            return Err(TransportError::ConnectionLost(cause));
                        }
                        error => return Err(error),
                    }
                }
            }
        }
    }

    /// Opens a connection for the next call if none is ready.
    pub(crate) async fn warm_up(&self, clock: &Arc<dyn Clock>) -> Result<(), TransportError> {
        if !self.idle.has_ready(clock.elapsed())
            && let (Connection::Http1(http1), _) = self.connect(clock).await?
        {
            self.idle.put_http1(http1, None, clock);
        }
        Ok(())
    }

    /// Stops using a connection on which a call, sent at `start`, timed out.
    ///
    /// Idle connections that were not used since `start` are closed too. They have probably failed for
    /// the same reason, such as a load balancer that was replaced.
    pub(crate) fn retire(&self, pending: &PendingRequest, start: Duration) {
        if let Some(id) = pending.http2 {
            self.idle.retire(id);
        }
        self.idle.close_unused_since(start);
    }

    /// Writes the host: into a header for HTTP/1, into the URI for HTTP/2.
    fn set_target(&self, request: &mut Option<Box<Request<TrackedBody>>>, connection: &Connection) {
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

    /// Opens a connection, or shares an HTTP/2 connection that another call is opening.
    ///
    /// Also returns whether other calls have used the connection.
    async fn connect(&self, clock: &Arc<dyn Clock>) -> Result<(Connection, bool), TransportError> {
        let handshake = match self.handshake.begin() {
            Turn::First(handshake) => handshake,
            Turn::After(first) => {
                first.wait().await;
                if let Some(connection) = self.idle.take(clock.elapsed(), true) {
                    return Ok((connection, true));
                }
                None
            }
        };
        let tls = self.tls.config().map_err(TransportError::Configuration)?;
        let mut connector = HttpsConnector::from((self.tcp.clone(), tls));
        // Boxed, and dropped before the connection allocates its buffers.
        let stream = Box::pin(timeout(self.connect_timeout, async {
            poll_fn(|cx| connector.poll_ready(cx)).await?;
            connector.call(self.base.root().clone()).await
        }));
        let stream = stream.await??;
        let connection = Connection::open(stream).await?;
        self.handshake.record(&connection);
        if let Connection::Http2(http2) = &connection {
            self.idle.put_http2(http2.clone(), clock);
        }
        drop(handshake);
        Ok((connection, false))
    }
}

/// Returns how long the server announces to keep the connection (`Keep-Alive: timeout=5`), less a
/// second for the request to arrive.
fn keep_alive(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("keep-alive")?.to_str().ok()?;
    let seconds = value
        .split(',')
        .find_map(|part| part.trim().strip_prefix("timeout="))?;
    let seconds: u64 = seconds.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.saturating_sub(1)))
}
