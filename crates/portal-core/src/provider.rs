use std::fmt;

use async_trait::async_trait;

use crate::{Capabilities, LinkRequest, PortalLink, RateLimit, Result};

/// The static description of a provider.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProviderInfo {
    /// The id that the command line, Python, features and errors use, such as `kwik`.
    pub id: &'static str,
    /// The provider's display name.
    pub name: &'static str,
    /// The default base URL.
    pub default_base_url: &'static str,
    /// What the provider can do.
    pub capabilities: Capabilities,
    /// The documented rate limit, if there is one.
    pub rate_limit: Option<RateLimit>,
}

impl ProviderInfo {
    /// Describes a provider that documents no rate limit.
    #[must_use]
    pub const fn new(
        id: &'static str,
        name: &'static str,
        default_base_url: &'static str,
        capabilities: Capabilities,
    ) -> Self {
        Self {
            id,
            name,
            default_base_url,
            capabilities,
            rate_limit: None,
        }
    }

    /// Declares the documented rate limit.
    #[must_use]
    pub const fn with_rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }
}

/// Creates portal links at one provider: the trait that applications use.
///
/// It is object-safe, so that `Arc<dyn PortalProvider>` can be shared. In an application's tests
/// `MockPortalProvider` (feature `testing`) replaces it:
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use portal_core::{Customer, Error, LinkRequest, MockPortalProvider, PortalProvider};
///
/// let mut provider = MockPortalProvider::new();
/// provider.expect_create_link().returning(|_| Err(Error::invalid("email", "`email` is empty")));
/// let shared: std::sync::Arc<dyn PortalProvider> = std::sync::Arc::new(provider);
/// # }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PortalProvider: fmt::Debug + Send + Sync {
    /// Returns the static description of the provider.
    fn info(&self) -> &'static ProviderInfo;

    /// Creates a link that logs the customer in to the provider's portal.
    ///
    /// Dropping the future ends the call, and leaves nothing running. If the request was already sent,
    /// the provider may still act.
    ///
    /// # Errors
    /// Everything that [`Kind`](crate::Kind) lists. [`Error::delivery`](crate::Error::delivery)
    /// says whether the provider may have acted.
    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink>;

    /// Opens a connection to the provider if none is open, so that the next link takes one round
    /// trip. Nothing is sent over it.
    ///
    /// The default does nothing, for providers without connections.
    ///
    /// # Errors
    /// Those of a connection that cannot be opened, as `create_link` returns them. Ignoring them is
    /// safe: the next call opens its own connection.
    async fn warm_up(&self) -> Result<()> {
        Ok(())
    }
}
