use std::sync::Arc;

use portal_core::Secret;

use crate::providers::builder::Builder;
use crate::providers::declaration::{Provider, Setting};

// Kwik has webhooks, but its public documentation does not say how they are signed.
pub(crate) const PROVIDER: Provider = Provider::new(
    &::kwik::INFO,
    "Kwik API V2, page \"Customer portal link\"",
    &[
        Setting::required_secret("api_key", "KWIK_API_KEY"),
        Setting::required_secret("api_secret", "KWIK_API_SECRET"),
        Setting::base_url("KWIK_BASE_URL"),
    ],
    |_| Ok(Arc::new(::kwik::Kwik)),
    |values| {
        let (key, secret) = (values.required("api_key")?, values.required("api_secret")?);
        ::kwik::Kwik::credential(key, secret)
    },
);

crate::typed_builder! {
    /// Kwik Payments.
    ///
    /// ```
    /// use portal::Kwik;
    ///
    /// let kwik = Kwik::builder().api_key("key").api_secret("secret").build()?;
    /// # Ok::<(), portal::Error>(())
    /// ```
    Kwik {
        /// Sets the access token's key.
        api_key: Secret,
        /// Sets the access token's secret.
        api_secret: Secret,
    }
}
