#[cfg(unix)]
use std::io::{ErrorKind, Read, Write};
#[cfg(unix)]
use std::os::{fd::AsRawFd, unix::net::UnixStream};

use pyo3::prelude::*;

/// Wakes an event loop from another thread.
///
/// It uses a socket pair, not an eventfd: the standard library has it on every Unix. A batch of calls
/// writes one byte, so the cost of a write does not matter.
pub(crate) enum Waker {
    /// A socket whose other end the loop watches.
    #[cfg(unix)]
    Socket(UnixStream),
    /// A function that calls `loop.call_soon_threadsafe`, for a loop that cannot watch descriptors.
    Call(Py<PyAny>),
}

/// The end of the socket pair that an event loop watches.
pub(crate) struct WakeReader {
    #[cfg(unix)]
    socket: UnixStream,
}

impl Waker {
    #[cfg(unix)]
    pub(crate) fn pair() -> PyResult<(Self, WakeReader)> {
        let (socket, waker) = UnixStream::pair()?;
        socket.set_nonblocking(true)?;
        waker.set_nonblocking(true)?;
        Ok((Self::Socket(waker), WakeReader { socket }))
    }

    #[cfg(not(unix))]
    pub(crate) fn pair() -> PyResult<(Self, WakeReader)> {
        Err(pyo3::exceptions::PyNotImplementedError::new_err(
            "this platform's event loops cannot watch our descriptors",
        ))
    }

    pub(crate) fn call(wake: Py<PyAny>) -> Self {
        Self::Call(wake)
    }

    /// Wakes the loop; does nothing to a closed loop.
    pub(crate) fn wake(&self) {
        match self {
            #[cfg(unix)]
            Self::Socket(socket) => {
                let mut socket = socket;
                // A full socket already wakes the loop, and a broken one means that the loop is gone.
                let _ = socket.write(&[1]);
            }
            Self::Call(wake) => {
                // `None` means that the interpreter is shutting down; an error, that the loop is closed.
                let _ = Python::try_attach(|py| wake.call0(py).map(drop));
            }
        }
    }
}

impl WakeReader {
    #[cfg(unix)]
    pub(crate) fn fileno(&self) -> i32 {
        self.socket.as_raw_fd()
    }

    /// Reads the bytes that woke the loop.
    #[cfg(unix)]
    pub(crate) fn clear(&self) {
        let mut bytes = [0; 64];
        let mut socket = &self.socket;
        loop {
            match socket.read(&mut bytes) {
                Ok(count) if count == bytes.len() => {}
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
    pub(crate) fn clear(&self) {}
}
