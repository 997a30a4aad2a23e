use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// A TLS endpoint that forwards to a server without TLS.
///
/// It lives as long as the runtime it was started in.
#[derive(Debug)]
pub struct TlsFront {
    /// The address that it listens on.
    pub address: SocketAddr,
}

impl TlsFront {
    /// Starts on a free port, and forwards to the server at `to`.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O, and if loopback has no free port.
    pub async fn start(config: ServerConfig, to: SocketAddr) -> Self {
        let (open, gate) = watch::channel(true);
        drop(open);
        Self::start_behind(gate, config, to).await
    }

    /// Starts on a free port, and delays all TLS handshakes until `gate` holds `true`.
    ///
    /// # Panics
    /// As [`start`](TlsFront::start).
    pub async fn start_behind(
        gate: watch::Receiver<bool>,
        config: ServerConfig,
        to: SocketAddr,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, mut gate) = (acceptor.clone(), gate.clone());
                // A client that rejects the certificate ends its own connection, but not the test.
                tokio::spawn(async move {
                    // The sender is gone, so the gate can never open.
                    if gate.wait_for(|open| *open).await.is_err() {
                        return Ok((0, 0));
                    }
                    let mut outside = acceptor.accept(stream).await?;
                    let mut inside = TcpStream::connect(to).await?;
                    copy_bidirectional(&mut outside, &mut inside).await
                });
            }
        });
        Self { address }
    }
}
