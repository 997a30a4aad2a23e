use std::num::NonZeroU32;

use bytes::Bytes;
use http::HeaderName;
use portal_core::{
    Adapter, Answer, Call, Capabilities, Credential, CredentialPart, Error, Idempotency,
    PortalLink, ProviderInfo, RateLimit, Result, ValidatedRequest, post_json,
};

/// An adapter without a provider, for unit tests.
#[derive(Debug)]
pub(crate) struct TestAdapter;

/// Creates the credential of a key.
pub(crate) fn credential(key: &str) -> Credential {
    let key = CredentialPart::parse("key", key.into(), "").unwrap();
    Credential::header(HeaderName::from_static("x-key"), &key)
}

static INFO: ProviderInfo = ProviderInfo::new(
    "test",
    "TestAdapter",
    "https://api.example.com",
    Capabilities::with_every_option(),
)
.with_rate_limit(RateLimit::per_second(NonZeroU32::new(100).unwrap()));

impl Adapter for TestAdapter {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    fn create_link(&self, _: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        let unread = |_: &Answer<'_>| Err(Error::protocol("the test adapter reads no answer"));
        let request = post_json("/", Bytes::new());
        Ok(Call::new(
            "create_link",
            Idempotency::NotIdempotent("x"),
            request,
            unread,
        ))
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        Err("the test adapter has no such call")
    }
}
