use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// TLS in front of a server that speaks none, so that any server can be asked by https.
///
/// It lives as long as the runtime it was started in.
#[derive(Debug)]
pub struct TlsFront {
    /// Where it listens.
    pub address: SocketAddr,
}

impl TlsFront {
    /// Starts on a free port, and hands on what comes in to the server at `to`.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O, and where loopback has no port left.
    pub async fn start(config: ServerConfig, to: SocketAddr) -> Self {
        let (open, gate) = watch::channel(true);
        drop(open);
        Self::start_behind(gate, config, to).await
    }

    /// Starts one that shakes no hands until the gate is opened: connections are made and take long.
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
                // A client that does not like the certificate ends its connection, and no test.
                tokio::spawn(async move {
                    // A gate whose holder is gone stays as it is.
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
