//! One handshake for calls that start at the same time without a connection.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::transport::connection::Connection;

/// Lets the first call open a connection, while others wait in case they can share it.
///
/// Only HTTP/2 connections can be shared, and the first handshake shows whether the server speaks
/// HTTP/2. Once a server has chosen HTTP/1, each call opens its own connection at once.
pub(crate) struct FirstHandshake(Mutex<State>);

struct State {
    is_shareable: bool,
    /// Closes when the running handshake ends, however it ends.
    running: Option<watch::Receiver<()>>,
}

/// Whether a call opens a connection or waits for another call's handshake.
pub(crate) enum Turn<'a> {
    /// The call opens a connection. If there is a handshake, other calls wait until it is dropped.
    First(Option<Handshake<'a>>),
    /// The call waits for another call's handshake.
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
    /// `is_shareable` is false for plain HTTP, which is always HTTP/1 here.
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

    /// Records which protocol the server has chosen.
    pub(crate) fn record(&self, connection: &Connection) {
        self.state().is_shareable = matches!(connection, Connection::Http2(_));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OtherHandshake {
    /// Waits until the handshake has ended, with a connection or without one.
    pub(crate) async fn wait(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

impl Drop for Handshake<'_> {
    fn drop(&mut self) {
        self.owner.state().running = None;
    }
}
