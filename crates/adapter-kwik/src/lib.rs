//! Kwik Payments (kwik.co.za), API V2, in the words of `portal-core`.
//!
//! Written from the vendor's page "Customer portal link", and for errors from the V1 specification
//! where V2's own is not public.
//!
//! ```
//! use adapter_kwik::Kwik;
//! use portal_core::{Customer, LinkRequest, link_call};
//!
//! let kwik = Kwik::new("key".into(), "secret".into())?;
//! let request = LinkRequest::new(Customer::from_id("cus_abc123")).allow_cancel(false);
//! let call = link_call(&kwik, &request)?;
//! assert_eq!(call.request().uri(), "/customer-portal/link");
//! # Ok::<(), portal_core::Error>(())
//! ```

mod adapter;
mod fault;
mod wire;

use std::fmt;
use std::num::NonZeroU32;

use http::HeaderValue;
use portal_core::{
    Capabilities, Credential, Field, ProviderInfo, RateLimit, Result, Secret, Support,
};

const HINT: &str = "copy it from the dashboard's access tokens, without quotes or line ends";

/// What is known of Kwik without asking it.
pub const INFO: ProviderInfo = ProviderInfo {
    id: "kwik",
    name: "Kwik",
    default_base_url: "https://api.kwik.co.za/2.0/",
    capabilities: Capabilities::new(&[
        (Field::CustomerId, Support::Required),
        (Field::Email, Support::Unneeded),
        (Field::SubscriptionId, Support::Supported),
        (Field::ReturnUrl, Support::Supported),
        (Field::PageTitle, Support::Supported),
        (Field::ShowInvoices, Support::Supported),
        (Field::ShowBillingInfo, Support::Supported),
        (Field::AllowUpdateBillingInfo, Support::Supported),
        (Field::AllowCancel, Support::Supported),
        (Field::CancelType, Support::Supported),
        (Field::AllowSwitchPlan, Support::Supported),
        (Field::Products, Support::Supported),
    ])
    .with_known_expiry(),
    // An account-wide budget.
    rate_limit: Some(RateLimit::per_second(NonZeroU32::new(100).unwrap())),
};

/// Kwik's adapter: one account's API key and secret.
pub struct Kwik {
    /// The key and the secret, which no error may repeat.
    secrets: [Secret; 2],
    authorization: HeaderValue,
}

impl Kwik {
    /// Takes the access token's key and secret; whether they are for test or live, Kwik knows.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `api_key` or
    /// `api_secret`, where one is no [`Credential`], or the key holds a colon, which HTTP's Basic
    /// authentication cannot carry.
    pub fn new(api_key: Secret, api_secret: Secret) -> Result<Self> {
        let key = Credential::parse("api_key", api_key, HINT)?;
        let secret = Credential::parse("api_secret", api_secret, HINT)?;
        Ok(Self {
            authorization: Credential::basic(&key, &secret)?,
            secrets: [key, secret].map(|part| part.secret().clone()),
        })
    }
}

impl fmt::Debug for Kwik {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kwik").finish_non_exhaustive()
    }
}
