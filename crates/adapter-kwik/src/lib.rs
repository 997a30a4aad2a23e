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

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use portal_core::{Capabilities, Error, Field, LinkPolicy, Need, ProviderInfo, Result, Secret};

/// What is known of Kwik without asking it.
pub const INFO: ProviderInfo = ProviderInfo {
    id: "kwik",
    name: "Kwik",
    default_base_url: "https://api.kwik.co.za/2.0/",
    capabilities: Capabilities {
        need,
        creates_customer: false,
        link: LinkPolicy {
            expiry_known: true,
            safe_to_reuse: false,
        },
    },
    // An account-wide budget.
    rate_per_second: Some(100),
};

fn need(field: Field) -> Need {
    match field {
        Field::CustomerId => Need::Required,
        Field::SubscriptionId
        | Field::ReturnUrl
        | Field::PageTitle
        | Field::ShowInvoices
        | Field::ShowBillingInfo
        | Field::AllowUpdateBillingInfo
        | Field::AllowCancel
        | Field::CancelType
        | Field::AllowSwitchPlan
        | Field::Products => Need::Supported,
        Field::Email => Need::Unneeded,
        Field::Metadata => Need::Unsupported,
    }
}

/// Kwik's adapter: one account's API key and secret.
pub struct Kwik {
    /// What no error may repeat: the key, the secret, and both as the header carries them.
    secrets: [Secret; 3],
    authorization: HeaderValue,
}

impl Kwik {
    /// Takes the access token's key and secret; whether they are for test or live, Kwik knows.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `api_key` or
    /// `api_secret`, where one is blank, holds control characters, or the key holds a colon, which
    /// HTTP's Basic authentication cannot carry.
    pub fn new(api_key: Secret, api_secret: Secret) -> Result<Self> {
        check("api_key", api_key.expose())?;
        check("api_secret", api_secret.expose())?;
        if api_key.expose().contains(':') {
            return Err(refuse(
                "api_key",
                "holds a `:`, which HTTP's Basic authentication cannot carry",
            ));
        }
        let pair = Secret::from(format!("{}:{}", api_key.expose(), api_secret.expose()));
        let encoded = Secret::from(STANDARD.encode(pair.expose()));
        let text = Secret::from(format!("Basic {}", encoded.expose()));
        let mut authorization =
            HeaderValue::from_str(text.expose()).expect("base64 is visible ASCII");
        authorization.set_sensitive(true);
        // An echo may come without the padding.
        let encoded = Secret::from(encoded.expose().trim_end_matches('='));
        Ok(Self {
            secrets: [api_key, api_secret, encoded],
            authorization,
        })
    }
}

impl fmt::Debug for Kwik {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kwik").finish_non_exhaustive()
    }
}

fn check(field: &'static str, text: &str) -> Result<()> {
    match text {
        _ if text.trim().is_empty() => Err(refuse(field, "is empty")),
        _ if text.contains(char::is_control) => Err(refuse(field, "holds control characters")),
        _ if text.trim() != text => Err(refuse(field, "begins or ends with white space")),
        _ => Ok(()),
    }
}

fn refuse(field: &'static str, why: &str) -> Error {
    Error::configuration(field, format!("`{field}` {why}"))
        .with_hint("copy it from the dashboard's access tokens, without quotes or line ends")
}
