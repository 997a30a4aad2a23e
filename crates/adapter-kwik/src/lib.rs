//! Kwik Payments (kwik.co.za), API V2, in the words of `portal-core`.
//!
//! Written from the vendor's page "Customer portal link", and for errors from the V1 specification
//! where V2's own is not public.
//!
//! ```
//! use adapter_kwik::Kwik;
//! use portal_core::{Customer, LinkRequest, link_call};
//!
//! let request = LinkRequest::new(Customer::from_id("cus_abc123")).allow_cancel(false);
//! let call = link_call(&Kwik, &request)?;
//! assert_eq!(call.request().uri(), "/customer-portal/link");
//! # Ok::<(), portal_core::Error>(())
//! ```

mod adapter;
mod fault;
mod wire;

use std::num::NonZeroU32;

use portal_core::{
    Capabilities, Credential, CredentialPart, Field, ProviderInfo, RateLimit, Result, Secret,
    Support,
};

const HINT: &str = "copy it from the dashboard's access tokens, without quotes or line ends";

/// The static description of Kwik.
pub const INFO: ProviderInfo = ProviderInfo::new(
    "kwik",
    "Kwik",
    "https://api.kwik.co.za/2.0/",
    Capabilities::new(&[
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
)
// An account-wide budget.
.with_rate_limit(RateLimit::per_second(NonZeroU32::new(100).unwrap()));

/// Kwik's adapter.
#[derive(Clone, Copy, Debug)]
pub struct Kwik;

impl Kwik {
    /// Makes the credential of an access token's key and secret, for test or live.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `api_key` or
    /// `api_secret`, if one is not a [`CredentialPart`], or the key contains a colon, which HTTP's
    /// Basic authentication cannot carry.
    pub fn credential(api_key: Secret, api_secret: Secret) -> Result<Credential> {
        let key = CredentialPart::parse("api_key", api_key, HINT)?;
        let secret = CredentialPart::parse("api_secret", api_secret, HINT)?;
        Credential::basic(&key, &secret)
    }
}
