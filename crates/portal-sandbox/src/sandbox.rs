use std::fmt;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::timeline::Orders;
use crate::world::World;
use crate::{Builder, Ready, server};

/// A running sandbox; it stops when it is shut down or dropped.
pub struct Sandbox {
    ready: Ready,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts to describe a sandbox.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Returns the origin, like `http://127.0.0.1:8787`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.ready.url
    }

    /// Returns what a program needs to call this sandbox.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready.clone()
    }

    /// Stops listening, lets calls under way end for up to five seconds, and closes every connection.
    ///
    /// Dropping the future closes all of them at once.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only if the server ended already.
            let _ = stop.send(());
        }
        // An error here is a panic of the server's task, which the panic hook has shown.
        let _ = (&mut self.server).await;
    }

    pub(crate) fn run(listener: TcpListener, world: World, orders: Orders) -> Self {
        let ready = Ready::of(&world.seed, &world.url);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::serve(listener, Arc::new(world), orders, stopped));
        Self {
            ready,
            stop: Some(stop),
            server,
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The task owns the listener and every connection's task, and takes them with it.
        self.server.abort();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.ready.url)
            .finish_non_exhaustive()
    }
}
