use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use portal_core::Delivery;

use crate::limit::limiter::Grant;

/// Knows whether a request may have left this machine.
///
/// An HTTP library asks for a request's body only when it has a connection and is about to write.
/// So as long as nobody has asked, nothing was sent, whatever an error is called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent(Arc<AtomicBool>);

impl Sent {
    /// Says how far the request came, for an attempt that ended without an answer.
    pub(crate) fn delivery(&self) -> Delivery {
        match self.0.load(Ordering::Acquire) {
            true => Delivery::Unknown,
            false => Delivery::NotSent,
        }
    }

    /// Wraps a body, so that it tells when it is asked for, which is when its request counts.
    pub(crate) fn watch(&self, body: Bytes, grant: Option<Grant>) -> WatchedBody {
        WatchedBody {
            body: Some(body),
            sent: self.clone(),
            grant,
        }
    }
}

/// A whole body in one piece, which notes that it was asked for.
pub(crate) struct WatchedBody {
    body: Option<Bytes>,
    sent: Sent,
    grant: Option<Grant>,
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.sent.0.store(true, Ordering::Release);
        self.grant = None;
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}
