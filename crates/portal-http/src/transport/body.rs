use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use portal_core::Delivery;

use crate::limit::permit::Permit;

/// Whether a request may have left this machine.
///
/// An HTTP library polls a request's body only when it has a connection and is about to write. So
/// nothing was sent before the first poll, whatever error follows.
#[derive(Clone, Debug, Default)]
pub(crate) struct SendState(Arc<AtomicBool>);

impl SendState {
    /// Returns the delivery of an attempt that ended without a response.
    pub(crate) fn delivery(&self) -> Delivery {
        match self.0.load(Ordering::Acquire) {
            true => Delivery::Unknown,
            false => Delivery::NotSent,
        }
    }

    /// Wraps a body so that its first poll is recorded, and settles the permit.
    pub(crate) fn track(&self, body: Bytes, permit: Option<Permit>) -> TrackedBody {
        TrackedBody {
            body: Some(body),
            state: self.clone(),
            permit,
        }
    }
}

/// A request body in one piece that records its first poll.
pub(crate) struct TrackedBody {
    body: Option<Bytes>,
    state: SendState,
    permit: Option<Permit>,
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.state.0.store(true, Ordering::Release);
        self.permit = None;
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}
