use std::sync::Arc;

use portal_core::Secret;

use crate::providers::builder::Builder;
use crate::providers::declaration::{Provider, Setting};

// Kwik has webhooks, but its public documentation does not say how they are signed.
pub(crate) const PROVIDER: Provider = Provider::new(
    &adapter_kwik::INFO,
    "Kwik API V2, page \"Customer portal link\"",
    &[
        Setting::required_secret("api_key", "KWIK_API_KEY"),
        Setting::required_secret("api_secret", "KWIK_API_SECRET"),
        Setting::base_url("KWIK_BASE_URL"),
    ],
    |_| Ok(Arc::new(adapter_kwik::Kwik)),
    |values| {
        let (key, secret) = (values.required("api_key")?, values.required("api_secret")?);
        adapter_kwik::Kwik::credential(key, secret)
    },
);

/// Kwik Payments.
///
/// ```
/// use portal::Kwik;
///
/// let kwik = Kwik::builder().api_key("key").api_secret("secret").build()?;
/// # Ok::<(), portal::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Kwik;

impl Kwik {
    /// Starts a client builder.
    #[must_use]
    pub fn builder() -> Builder<Self> {
        Builder::new(&PROVIDER)
    }
}

impl Builder<Kwik> {
    /// Sets the access token's key.
    #[must_use]
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        self.set("api_key", key)
    }

    /// Sets the access token's secret.
    #[must_use]
    pub fn api_secret(self, secret: impl Into<Secret>) -> Self {
        self.set("api_secret", secret)
    }
}
