use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use portal_core::{Result, ReturnOrigins, Secret};
use portal_http::{Client, Rate, Roots, Spread};

use crate::config::configuration::Config;
use crate::providers::declaration::Provider;

/// Builds a client for the provider `P` step by step; see `Kwik::builder`, `OnlineApp::builder`.
pub struct Builder<P> {
    config: Config,
    return_origins: Option<Vec<String>>,
    provider: PhantomData<P>,
}

impl<P> Builder<P> {
    /// Starts a builder of a provider.
    #[must_use]
    pub fn new(provider: &'static Provider) -> Self {
        Self {
            config: Config::for_provider(provider),
            return_origins: None,
            provider: PhantomData,
        }
    }

    /// Sets the base URL of the API: https, or http on a loopback address.
    #[must_use]
    pub fn base_url(self, url: impl Into<String>) -> Self {
        self.set("base_url", url.into())
    }

    /// Sets the time for a whole call, retries and waits included; the default is 30 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config.set_timeout(timeout);
        self
    }

    /// Sets how long a connection without a call is kept; the default is 90 seconds, zero keeps none.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.set_idle_timeout(timeout);
        self
    }

    /// Sets how many attempts may follow the first; the default is 2.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.config.set_max_retries(retries);
        self
    }

    /// Sets how many requests may be sent; the default is the rate that the provider documents.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.config.set_rate(rate);
        self
    }

    /// Sets whether requests within the rate go at once or at equal distances.
    #[must_use]
    pub fn spread(mut self, spread: Spread) -> Self {
        self.config.set_spread(spread);
        self
    }

    /// Sets the certificate authorities that are trusted in addition to the system's.
    #[must_use]
    pub fn extra_roots(mut self, roots: Roots) -> Self {
        self.config.set_extra_roots(roots);
        self
    }

    /// Sets the origins, such as `https://my.site`, that return URLs may have; any by default.
    #[must_use]
    pub fn return_origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.return_origins = Some(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Creates the client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration), with the setting that is missing
    /// or malformed.
    pub fn build(mut self) -> Result<Client> {
        if let Some(origins) = self.return_origins {
            let id = self.config.provider().info.id;
            let origins = ReturnOrigins::parse(origins).map_err(|error| error.with_provider(id))?;
            self.config.set_return_origins(origins);
        }
        self.config.client()
    }

    /// Sets one of the provider's settings.
    ///
    /// # Panics
    /// If the provider does not declare it.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.config
            .set(name, value)
            .expect("a builder sets what its provider declares");
        self
    }
}

impl<P> fmt::Debug for Builder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Builder").field(&self.config).finish()
    }
}

/// Declares a provider's type with its typed builder, in the file of its declaration.
#[doc(hidden)]
#[macro_export]
macro_rules! typed_builder {
    ($(#[$doc:meta])* $name:ident { $($(#[$setting_doc:meta])* $setting:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $name {
            /// Starts a client builder.
            #[must_use]
            pub fn builder() -> Builder<Self> {
                Builder::new(&PROVIDER)
            }
        }

        impl Builder<$name> {
            $(
                $(#[$setting_doc])*
                #[must_use]
                pub fn $setting(self, value: impl Into<$type>) -> Self {
                    let value: $type = value.into();
                    self.set(stringify!($setting), value)
                }
            )*
        }
    };
}
