//! One handshake for the calls that find no connection at the same moment.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::transport::connection::Connection;

/// Lets calls that could share an HTTP/2 connection wait for the first of them to open it.
///
/// Whether the server speaks HTTP/2 shows in the first handshake. Once a server has chosen HTTP/1,
/// each call opens its own connection at once.
pub(crate) struct FirstHandshake(Mutex<State>);

struct State {
    is_shareable: bool,
    /// Closes when the running handshake ends, however it ends.
    running: Option<watch::Receiver<()>>,
}

/// What a call without a connection does.
pub(crate) enum Turn<'a> {
    /// It opens one; others wait for the handshake to be dropped, if there is one.
    First(Option<Handshake<'a>>),
    /// It waits for another call's handshake.
    After(OtherHandshake),
}

/// A handshake for which other calls wait.
pub(crate) struct Handshake<'a> {
    owner: &'a FirstHandshake,
    _running: watch::Sender<()>,
}

/// The handshake of another call.
pub(crate) struct OtherHandshake(watch::Receiver<()>);

impl FirstHandshake {
    /// Plain HTTP is never HTTP/2 here, so its connections are not shared.
    pub(crate) fn new(is_shareable: bool) -> Self {
        Self(Mutex::new(State {
            is_shareable,
            running: None,
        }))
    }

    pub(crate) fn begin(&self) -> Turn<'_> {
        let mut state = self.state();
        if !state.is_shareable {
            return Turn::First(None);
        }
        if let Some(running) = &state.running {
            return Turn::After(OtherHandshake(running.clone()));
        }
        let (sender, receiver) = watch::channel(());
        state.running = Some(receiver);
        Turn::First(Some(Handshake {
            owner: self,
            _running: sender,
        }))
    }

    /// Remembers which protocol the server has chosen.
    pub(crate) fn record(&self, connection: &Connection) {
        self.state().is_shareable = matches!(connection, Connection::Http2(_));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OtherHandshake {
    /// Waits until it has ended, with a connection or without one.
    pub(crate) async fn wait(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

impl Drop for Handshake<'_> {
    fn drop(&mut self) {
        self.owner.state().running = None;
    }
}
