use http::{HeaderName, HeaderValue};
use portal_core::{
    Adapter, Answer, Call, Customer, Error, Field, Idempotency, PortalLink, PortalUrl,
    ProviderInfo, Result, ReturnUrl, ValidatedRequest, json_body, post_json,
};

use crate::fault::fault;
use crate::wire::{LinkAnswer, LinkBody};
use crate::{INFO, OnlineApp};

const PAYWALL_ID: HeaderName = HeaderName::from_static("x-paywall-id");
const SDK_VERSION: HeaderName = HeaderName::from_static("x-sdk-version");
const VERSION: HeaderValue =
    HeaderValue::from_static(concat!("portal/", env!("CARGO_PKG_VERSION")));

impl Adapter for OnlineApp {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        let fields = request.fields();
        let email = fields
            .customer
            .email()
            .ok_or_else(|| Error::missing(Field::Email))?;
        let body = LinkBody {
            email: email.as_str(),
            user_meta: fields.metadata.as_ref(),
            return_url: fields.return_url.as_ref().map(ReturnUrl::as_str),
        };
        let body = json_body(&body, &fields.extra)?;
        let mut request = post_json(self.path.clone(), body);
        request
            .headers_mut()
            .insert(PAYWALL_ID, self.paywall_id.header());
        request.headers_mut().insert(SDK_VERSION, VERSION);

        let requested = fields.clone();
        let idempotency = Idempotency::Idempotent(
            "users are created automatically if they don't exist, so a repeated call finds the same one",
        );
        Ok(Call::new(
            "create_link",
            idempotency,
            request,
            move |answer| link(answer, &requested.customer),
        ))
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        Err("OnlineApp documents no read-only call with this key")
    }
}

fn link(answer: &Answer<'_>, customer: &Customer) -> Result<PortalLink> {
    if !answer.status.is_success() {
        return Err(fault(answer));
    }
    let LinkAnswer { url, rest } = answer.json()?;
    let url = PortalUrl::from_answer(&url, answer.base)
        .map_err(|error| error.with_status(answer.status))?;
    let mut link = PortalLink::new(url, customer.clone());
    link.raw = rest;
    Ok(link)
}
