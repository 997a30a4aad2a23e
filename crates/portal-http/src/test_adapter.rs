use std::num::NonZeroU32;

use bytes::Bytes;
use http::{HeaderValue, Request};
use portal_core::{
    Adapter, Answer, Call, Capabilities, Error, Idempotency, PortalLink, ProviderInfo, RateLimit,
    Result, ValidatedRequest, post_json,
};

/// An adapter without a provider, with its key, for unit tests.
#[derive(Debug)]
pub(crate) struct TestAdapter(pub(crate) &'static str);

static INFO: ProviderInfo = ProviderInfo {
    id: "test",
    name: "TestAdapter",
    default_base_url: "https://api.example.com",
    capabilities: Capabilities::with_every_option(),
    rate_limit: Some(RateLimit::per_second(NonZeroU32::new(100).unwrap())),
};

impl Adapter for TestAdapter {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    fn authorize(&self, request: &mut Request<Bytes>) {
        let key = HeaderValue::from_static(self.0);
        request.headers_mut().insert("x-key", key);
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
