use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use portal_core::{Adapter, Result};

/// Where a client's adapter comes from when its credential may change while the client lives: a
/// secret in a file that is replaced, or one that a command prints.
///
/// A client asks one thing at a time, so an implementation need not mind being asked twice at once.
/// Every adapter that it gives out is of the provider that the client was made for.
#[async_trait]
pub trait AdapterSource: fmt::Debug + Send + Sync + 'static {
    /// Returns an adapter made anew where what it was made from has changed since the last one.
    ///
    /// Called before each call, so it must be cheap: a look at a file's time stamp.
    ///
    /// # Errors
    /// Whatever hinders it. The client logs that once and goes on with the adapter that it has: a
    /// file that is missing or half written for a moment fails no call while the old key works.
    fn changed(&self) -> Result<Option<Arc<dyn Adapter>>>;

    /// Reads the credential again after the provider refused it with 401; `None` where it is still
    /// the same.
    ///
    /// Not called sooner than a second after it ended the last time, unless
    /// [`changed`](AdapterSource::changed) brought something meanwhile: a key that is dead is refused
    /// with every call.
    ///
    /// The call that waits may be dropped, or reach its deadline, and this future with it: note
    /// what was read only when it is returned.
    ///
    /// # Errors
    /// Whatever hinders it. The client logs that, and the call ends with the provider's refusal.
    async fn renewed(&self) -> Result<Option<Arc<dyn Adapter>>>;
}
