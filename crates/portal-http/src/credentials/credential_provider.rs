use std::fmt;

use async_trait::async_trait;
use portal_core::{Credential, Result};

/// Provides a credential that may change during a client's life, such as a secret in a file that is
/// replaced, or one that a command prints.
///
/// A client calls one method at a time.
#[async_trait]
pub trait CredentialProvider: fmt::Debug + Send + Sync + 'static {
    /// Returns the new credential if it has changed since the last one.
    ///
    /// Called before each call, so it must be cheap: compare a file's time stamp.
    ///
    /// # Errors
    /// The reason why the credential cannot be read. The client logs it once and keeps the last
    /// credential. So a file that is missing or half written for a moment fails no call.
    fn refresh_if_changed(&self) -> Result<Option<Credential>>;

    /// Reads the credential again after the provider refused it with 401; `None` if it is still the
    /// same.
    ///
    /// Not called again within a second after it ended, unless
    /// [`refresh_if_changed`](CredentialProvider::refresh_if_changed) returned a credential
    /// meanwhile: a revoked key is refused with every call.
    ///
    /// This future is dropped if the waiting call is dropped or reaches its deadline. So store
    /// new state only when the credential is returned.
    ///
    /// # Errors
    /// The reason why the credential cannot be read. The client logs it, and the call ends with the
    /// provider's refusal.
    async fn refresh(&self) -> Result<Option<Credential>>;
}
