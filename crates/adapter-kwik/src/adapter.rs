use std::sync::{Arc, LazyLock};

use http::Uri;
use portal_core::{
    Adapter, Answer, Call, CustomerId, Error, Field, Idempotency, JsonObject, LinkFields,
    PortalLink, PortalUrl, ProviderInfo, Result, SubscriptionId, ValidatedRequest, json_body,
    post_json, timestamp,
};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::fault::fault;
use crate::wire::{Envelope, LinkBody, LinkResult};
use crate::{INFO, Kwik};

/// "GMT+2" without daylight saving time: the zone of Kwik's times that name none.
const UTC_OFFSET_HOURS: i8 = 2;

static PATH: LazyLock<Uri> = LazyLock::new(|| Uri::from_static("/customer-portal/link"));

impl Adapter for Kwik {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        let fields = request.fields();
        let id = fields
            .customer
            .id()
            .ok_or_else(|| Error::missing(Field::CustomerId))?;
        let body = json_body(&LinkBody::new(id, fields), &fields.extra)?;
        let requested = RequestedFields(fields.clone());
        let idempotency = Idempotency::NotIdempotent(
            "no idempotency key is documented, so a repeated call presumably creates another link",
        );
        let request = post_json(PATH.clone(), body);
        Ok(Call::new(
            "create_link",
            idempotency,
            request,
            move |answer| requested.link(answer),
        ))
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        Err("Kwik documents no read-only call that needs only the key")
    }
}

/// The fields of the request: the answer must be about the same customer and subscription.
struct RequestedFields(Arc<LinkFields>);

impl RequestedFields {
    fn link(&self, answer: &Answer<'_>) -> Result<PortalLink> {
        if answer.status.is_success()
            && let Ok(envelope) = answer.json::<Envelope<LinkResult<'_>>>()
            && envelope.status == true
            && let Some(result) = envelope.result
        {
            return self.read(answer, result, envelope.rest);
        }
        Err(refusal(answer))
    }

    fn read(
        &self,
        answer: &Answer<'_>,
        result: LinkResult<'_>,
        mut raw: JsonObject,
    ) -> Result<PortalLink> {
        // A link for another customer would give away that customer's billing.
        let requested = self.0.customer.id().map(CustomerId::as_str);
        if result.customer_id.is_some() && result.customer_id.as_deref() != requested {
            return Err(answer
                .unreadable("is about another customer")
                .with_field(Field::CustomerId.as_str()));
        }
        let subscription = &self.0.subscription;
        let requested = subscription.as_ref().map(SubscriptionId::as_str);
        if let (Some(requested), Some(answered)) = (requested, result.subscription_id.as_deref())
            && requested != answered
        {
            return Err(answer
                .unreadable("is about another subscription")
                .with_field(Field::SubscriptionId.as_str()));
        }
        let expires_at = match result.expires_at.as_deref() {
            None => None,
            Some(text) => match timestamp::parse(text, UTC_OFFSET_HOURS) {
                None if timestamp::is_never(text, UTC_OFFSET_HOURS) => None,
                None => return Err(answer.unreadable("has an `expires_at` that is not a time")),
                time => time,
            },
        };
        let url = PortalUrl::from_answer(&result.link_url, answer.base)
            .map_err(|error| error.with_status(answer.status))?;
        if !result.rest.is_empty() {
            raw.insert("result".into(), result.rest.into());
        }
        let mut link = PortalLink::new(url, self.0.customer.clone());
        link.id = result.id;
        link.session_id = result.session_id;
        link.subscription = match result.subscription_id {
            Some(id) => Some(
                SubscriptionId::from_answer(id)
                    .ok_or_else(|| answer.unreadable("has a blank `subscription_id`"))?,
            ),
            None => subscription.clone(),
        };
        link.expires_at = expires_at;
        link.raw = raw;
        Ok(link)
    }
}

/// Returns the error of an answer without a link: by the body's own `status` first, then by its
/// `error_code`, then by the HTTP status.
fn refusal(answer: &Answer<'_>) -> Error {
    let is_success = answer.status.is_success();
    let envelope = match answer.json::<Envelope<IgnoredAny>>() {
        Ok(envelope) => envelope,
        Err(error) if is_success => return error,
        Err(_) => return fault(answer, None),
    };
    match (is_success, &envelope.status) {
        (true, Value::Bool(true)) => {
            answer.unreadable("has a `result` that is not of the documented shape")
        }
        (true, Value::Bool(false)) | (false, _) => fault(answer, Some(&envelope)),
        (true, _) => answer.unreadable("has no boolean `status`"),
    }
}
