#[cfg(unix)]
use std::io::{ErrorKind, Read, Write};
#[cfg(unix)]
use std::os::{fd::AsRawFd, unix::net::UnixStream};

use pyo3::prelude::*;

/// Wakes an event loop from another thread.
///
/// A socket pair rather than an eventfd: it is in the standard library of every Unix, and since a
/// batch of calls rings once, what a ring costs does not show.
pub(crate) enum Bell {
    /// The loop watches the other end.
    #[cfg(unix)]
    Socket(UnixStream),
    /// The loop cannot watch descriptors: `loop.call_soon_threadsafe` with what to call.
    Call(Py<PyAny>),
}

/// What an event loop watches.
pub(crate) struct Ear {
    #[cfg(unix)]
    socket: UnixStream,
}

impl Bell {
    #[cfg(unix)]
    pub(crate) fn pair() -> PyResult<(Self, Ear)> {
        let (socket, bell) = UnixStream::pair()?;
        socket.set_nonblocking(true)?;
        bell.set_nonblocking(true)?;
        Ok((Self::Socket(bell), Ear { socket }))
    }

    #[cfg(not(unix))]
    pub(crate) fn pair() -> PyResult<(Self, Ear)> {
        Err(pyo3::exceptions::PyNotImplementedError::new_err(
            "this platform's event loops watch no descriptors of ours",
        ))
    }

    pub(crate) fn call(wake: Py<PyAny>) -> Self {
        Self::Call(wake)
    }

    /// Wakes the loop; a loop that is closed is left alone.
    pub(crate) fn ring(&self) {
        match self {
            #[cfg(unix)]
            Self::Socket(socket) => {
                let mut socket = socket;
                // Full means that the loop has been told often enough; broken, that it is gone.
                let _ = socket.write(&[1]);
            }
            Self::Call(wake) => {
                // `None` is an interpreter that is shutting down, an error a loop that is closed.
                let _ = Python::try_attach(|py| wake.call0(py).map(drop));
            }
        }
    }
}

impl Ear {
    #[cfg(unix)]
    pub(crate) fn fileno(&self) -> i32 {
        self.socket.as_raw_fd()
    }

    /// Takes what was rung.
    #[cfg(unix)]
    pub(crate) fn hear(&self) {
        let mut rings = [0; 64];
        let mut socket = &self.socket;
        loop {
            match socket.read(&mut rings) {
                Ok(count) if count == rings.len() => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn fileno(&self) -> i32 {
        -1
    }

    #[cfg(not(unix))]
    pub(crate) fn hear(&self) {}
}
