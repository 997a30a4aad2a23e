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
    Capabilities, Credential, CredentialPart, Field, LinkPolicy, ProviderInfo, RateLimit, Result,
    Secret, Support,
};

const HINT: &str = "copy it from the dashboard's access tokens, without quotes or line ends";

/// What is known of Kwik without asking it.
pub const INFO: ProviderInfo = ProviderInfo {
    id: "kwik",
    name: "Kwik",
    default_base_url: "https://api.kwik.co.za/2.0/",
    capabilities: Capabilities {
        support,
        creates_customer: false,
        link: LinkPolicy {
            expiry_known: true,
            safe_to_reuse: false,
        },
    },
    // An account-wide budget.
    rate_limit: Some(RateLimit::per_second(NonZeroU32::new(100).unwrap())),
};

fn support(field: Field) -> Support {
    match field {
        Field::CustomerId => Support::Required,
        Field::SubscriptionId
        | Field::ReturnUrl
        | Field::PageTitle
        | Field::ShowInvoices
        | Field::ShowBillingInfo
        | Field::AllowUpdateBillingInfo
        | Field::AllowCancel
        | Field::CancelType
        | Field::AllowSwitchPlan
        | Field::Products => Support::Supported,
        Field::Email => Support::Unneeded,
        Field::Metadata => Support::Unsupported,
    }
}

/// Kwik's adapter.
#[derive(Clone, Copy, Debug)]
pub struct Kwik;

impl Kwik {
    /// Makes the credential of an access token's key and secret, for test or live.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `api_key` or
    /// `api_secret`, where one is no [`CredentialPart`], or the key holds a colon, which HTTP's
    /// Basic authentication cannot carry.
    pub fn credential(api_key: Secret, api_secret: Secret) -> Result<Credential> {
        let key = CredentialPart::parse("api_key", api_key, HINT)?;
        let secret = CredentialPart::parse("api_secret", api_secret, HINT)?;
        Credential::basic(&key, &secret)
    }
}
