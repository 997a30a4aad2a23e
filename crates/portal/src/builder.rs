use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use portal_core::{Result, ReturnOrigins, Secret};
use portal_http::{Client, Rate, Roots};

use crate::Config;

/// Sets up a connection to the provider `P` step by step; see `Kwik::builder`, `OnlineApp::builder`.
pub struct Builder<P> {
    config: Config,
    return_origins: Option<Vec<String>>,
    provider: PhantomData<P>,
}

impl<P> Builder<P> {
    #[cfg(any(feature = "kwik", feature = "onlineapp"))]
    pub(crate) fn new(id: &'static str) -> Self {
        let config = Config::new(id).expect("a provider that is built in is listed");
        Self {
            config,
            return_origins: None,
            provider: PhantomData,
        }
    }

    /// Sets where the API lives: https, or http on a loopback address.
    #[must_use]
    pub fn base_url(self, url: impl Into<String>) -> Self {
        self.set("base_url", url.into())
    }

    /// Sets the time for a whole call, retries and waits included; 30 seconds otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config.options.timeout = timeout;
        self
    }

    /// Sets how many attempts may follow the first; 2 otherwise.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.config.options.retry.max_retries = retries;
        self
    }

    /// Sets how many requests may go in any second; as many as the provider documents otherwise.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.config.options.rate = rate;
        self
    }

    /// Sets the certificate authorities that are trusted beside the system's.
    #[must_use]
    pub fn extra_roots(mut self, roots: Roots) -> Self {
        self.config.options.extra_roots = roots;
        self
    }

    /// Sets the origins, such as `https://my.site`, that return URLs may lead to; any otherwise.
    #[must_use]
    pub fn return_origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.return_origins = Some(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration), with the setting that is missing
    /// or malformed.
    pub fn build(mut self) -> Result<Client> {
        if let Some(origins) = self.return_origins {
            let id = self.config.provider().info.id;
            let origins = ReturnOrigins::parse(origins).map_err(|error| error.with_provider(id))?;
            self.config.options.return_origins = Some(origins);
        }
        self.config.client()
    }

    pub(crate) fn set(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.config
            .set(name, value)
            .expect("a builder sets what its provider has");
        self
    }
}

impl<P> fmt::Debug for Builder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Builder").field(&self.config).finish()
    }
}
