//! An adapter for an invented provider. It is correct, or has one planted fault.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{HeaderName, Request};
use portal_core::{
    Adapter, Answer, Call, Capabilities, Credential, CredentialPart, Customer, CustomerId,
    Delivery, Error, Field, Idempotency, Kind, LinkFields, LinkRequest, PortalLink, PortalUrl,
    ProviderInfo, Result, ReturnUrl, SubscriptionId, Support, ValidatedRequest, classify,
    default_hint, json_body, path_segment, post_json, timestamp,
};
use portal_testkit::{
    Declaration, DocumentedAnswer, DocumentedOutcome, DocumentedRequest, FaultValues, LinkValues,
    client,
};
use serde::Deserialize;
use serde_json::Value;

const KEY: &str = "acme_key_canary_4711";
const HEADER: HeaderName = HeaderName::from_static("x-acme-key");
const SESSION_TOKEN: &str = "acme_session_canary_99";
const URL: &str = "https://pay.acme.example/portal/canary-0815";

/// The fault of an [`Acme`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    AcceptsPlainHttp,
    AcceptsUserinfo,
    CallsAnotherPath,
    ChecksByCreatingALink,
    CallsEveryRefusalInvalid,
    DropsTheField,
    EncodesAtRandom,
    IgnoresTheCustomer,
    OverwritesByExtra,
    LeavesATokenInRaw,
    LeavesAUrlInRaw,
    LogsTheBody,
    LogsTheKey,
    MakesAnAbsoluteUri,
    InventsALink,
    PanicsOnNull,
    PutsTheKeyInTheUri,
    ReadsAnyStatus,
    RepeatsTheBody,
    RepeatsTheProvider,
    DeclaresIdempotency,
    SendsTrueForFalse,
    SendsAnUnneededField,
    SendsAnUnsupportedField,
    SendsNull,
    SendsTheKeyAsBearer,
    ShowsTheKeyInDebug,
    OmitsAField,
    AcceptsAnyKey,
    ReadsTheLastOfTwo,
    WritesThePathRaw,
}

pub(crate) struct Acme(pub(crate) Fault);

static INFO: ProviderInfo = ProviderInfo::new(
    "acme",
    "Acme",
    "https://api.acme.example",
    Capabilities::new(&[
        (Field::CustomerId, Support::Required),
        (Field::Email, Support::Unneeded),
        (Field::SubscriptionId, Support::Supported),
        (Field::Metadata, Support::Supported),
        (Field::ReturnUrl, Support::Supported),
        (Field::AllowCancel, Support::Supported),
    ])
    .with_known_expiry(),
);

impl Adapter for Acme {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        let fields = request.fields();
        let id = fields
            .customer
            .id()
            .ok_or_else(|| Error::missing(Field::CustomerId))?;
        let body = self.body(fields)?;
        if self.0 == Fault::LogsTheBody {
            tracing::debug!(?body, "encoded");
        }
        if self.0 == Fault::LogsTheKey {
            tracing::trace!(?KEY, "encoded");
        }
        let reader = Reader {
            fault: self.0,
            customer: fields.customer.clone(),
            has_own_ids: false,
        };
        let idempotency = match self.0 {
            Fault::DeclaresIdempotency => Idempotency::Idempotent("not documented"),
            _ => Idempotency::NotIdempotent("no idempotency key"),
        };
        let request = post_json(&self.path(id)?, body);
        Ok(Call::new(
            "create_link",
            idempotency,
            request,
            move |answer| reader.read(answer),
        ))
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        let request = match self.0 {
            Fault::ChecksByCreatingALink => post_json("/portal-links", Bytes::new()),
            _ => Request::get("/whoami")
                .body(Bytes::new())
                .expect("a request"),
        };
        let idempotency = Idempotency::Idempotent("it changes nothing");
        let fault = self.0;
        Ok(Call::new(
            "check_credential",
            idempotency,
            request,
            move |answer| {
                let (kind, delivery) = classify(answer.status);
                match answer.status.is_success() || fault == Fault::AcceptsAnyKey {
                    true => Ok(()),
                    false => Err(Error::new(kind, delivery, "refused")),
                }
            },
        ))
    }
}

impl Acme {
    fn path(&self, id: &CustomerId) -> Result<String> {
        if [".", ".."].contains(&id.as_str()) {
            return Err(
                Error::invalid("customer_id", "`customer_id` is a step in a path")
                    .with_hint("give the id that the dashboard shows"),
            );
        }
        let segment = path_segment(id.as_str());
        Ok(match self.0 {
            Fault::CallsAnotherPath => format!("/v1/customers/{segment}/portals/"),
            Fault::MakesAnAbsoluteUri => {
                format!("https://api.acme.example/v1/customers/{segment}/portals")
            }
            Fault::PutsTheKeyInTheUri => format!("/v1/customers/{segment}/portals?key={KEY}"),
            Fault::WritesThePathRaw => format!("/v1/customers/{}/portals", id.as_str()),
            _ => format!("/v1/customers/{segment}/portals"),
        })
    }

    fn body(&self, fields: &LinkFields) -> Result<Bytes> {
        static ENCODED: AtomicU64 = AtomicU64::new(0);
        let mut body = serde_json::Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            body.extend(value.map(|value| (name.to_owned(), value)));
        };
        set(
            "subscription",
            fields
                .subscription
                .as_ref()
                .map(|id| SubscriptionId::as_str(id).into()),
        );
        set("metadata", fields.metadata.clone().map(Value::Object));
        set(
            "return_url",
            fields
                .return_url
                .as_ref()
                .map(|url| ReturnUrl::as_str(url).into()),
        );
        match self.0 {
            Fault::OmitsAField => {}
            Fault::SendsTrueForFalse => {
                set("allow_cancel", fields.allow_cancel.map(|_| true.into()));
            }
            _ => set("allow_cancel", fields.allow_cancel.map(Value::from)),
        }
        match self.0 {
            Fault::SendsAnUnsupportedField => {
                set(
                    "title",
                    fields
                        .page_title
                        .as_ref()
                        .map(|title| title.as_str().into()),
                );
            }
            Fault::SendsAnUnneededField => {
                set(
                    "email",
                    fields.customer.email().map(|email| email.as_str().into()),
                );
            }
            Fault::SendsNull => set("theme", Some(Value::Null)),
            Fault::EncodesAtRandom => {
                set(
                    "nonce",
                    Some(ENCODED.fetch_add(1, Ordering::Relaxed).into()),
                );
            }
            Fault::OverwritesByExtra => {
                body.extend(fields.extra.clone());
                return json_body(&body, &serde_json::Map::new());
            }
            _ => {}
        }
        json_body(&body, &fields.extra)
    }
}

impl fmt::Debug for Acme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Fault::ShowsTheKeyInDebug => write!(f, "Acme({KEY})"),
            _ => f.write_str("Acme"),
        }
    }
}

pub(crate) struct Reader {
    pub(crate) fault: Fault,
    pub(crate) customer: Customer,
    /// Whether answers name the customer by an id that may be missing in the request.
    pub(crate) has_own_ids: bool,
}

#[derive(Deserialize)]
struct Body {
    theme: Option<Value>,
    session: Option<Value>,
    again: Option<Value>,
    url: String,
    customer: Option<String>,
    requested: Option<String>,
    id: Option<String>,
    expires_at: Option<String>,
}

impl Reader {
    pub(crate) fn read(&self, answer: &Answer<'_>) -> Result<PortalLink> {
        if !answer.status.is_success() && self.fault != Fault::ReadsAnyStatus {
            return Err(self.error(answer));
        }
        let body: Body = match (self.fault, answer.json::<Value>()) {
            (Fault::InventsALink, Ok(body)) if body.get("url").is_none() => Body {
                theme: None,
                session: None,
                again: None,
                url: URL.to_owned(),
                customer: None,
                requested: None,
                id: None,
                expires_at: None,
            },
            (Fault::PanicsOnNull, Ok(body)) if body["url"].is_null() => panic!("no `url`"),
            (Fault::ReadsTheLastOfTwo, Ok(body)) => serde_json::from_value(body)
                .map_err(|_| answer.unreadable("is not of the documented shape"))?,
            _ => answer.json()?,
        };
        // A request that names the customer by another identifier has no id to compare with.
        let requested = self.customer.id().map(CustomerId::as_str);
        let is_other = |id: &String| requested.is_some_and(|requested| requested != id);
        let customer = body.customer.filter(|_| !self.has_own_ids);
        let mut answered = customer.iter().chain(&body.requested);
        if answered.any(is_other) && self.fault != Fault::IgnoresTheCustomer {
            return Err(answer.unreadable("is about another customer"));
        }
        let url = match self.fault {
            Fault::AcceptsPlainHttp => body.url.replacen("http://", "https://", 1),
            Fault::AcceptsUserinfo => body.url.replacen("user@", "", 1),
            _ => body.url,
        };
        let url = PortalUrl::from_answer(&url, answer.base)
            .map_err(|error| error.with_status(answer.status))?;
        let mut link = PortalLink::new(url, self.customer.clone());
        link.id = body.id;
        // `session` and `again` are secrets, so they are left out.
        link.raw
            .extend(body.theme.map(|theme| ("theme".to_owned(), theme)));
        match self.fault {
            Fault::LeavesATokenInRaw => link
                .raw
                .extend(body.session.map(|session| ("session".to_owned(), session))),
            Fault::LeavesAUrlInRaw => link
                .raw
                .extend(body.again.map(|again| ("again".to_owned(), again))),
            _ => {}
        }
        link.expires_at = match &body.expires_at {
            Some(text) => Some(
                timestamp::parse(text, 0)
                    .ok_or_else(|| answer.unreadable("has an `expires_at` that is not a time"))?,
            ),
            None => None,
        };
        Ok(link)
    }

    fn error(&self, answer: &Answer<'_>) -> Error {
        let body: Value = answer.json().unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let (kind, delivery) = match answer.status.as_u16() {
            400..500 if self.fault == Fault::CallsEveryRefusalInvalid => {
                (Kind::Invalid, Delivery::Refused)
            }
            _ => classify(answer.status),
        };
        let message = text("message").unwrap_or("no reason given");
        let message = match self.fault {
            Fault::RepeatsTheProvider => message.chars().take(300).collect(),
            Fault::RepeatsTheBody => String::from_utf8_lossy(answer.body).into_owned(),
            _ => answer.redact(message),
        };
        let mut error = Error::new(kind, delivery, format!("Acme answered: {message}"))
            .with_status(answer.status)
            .with_hint(default_hint(kind));
        if let Some(code) = text("code") {
            error = error.with_provider_code(answer.redact(code));
        }
        match text("field").filter(|_| self.fault != Fault::DropsTheField) {
            Some(field) => error.with_field(answer.redact(field)),
            None => error,
        }
    }
}

fn credential(fault: Fault) -> Credential {
    let key = CredentialPart::parse("api_key", KEY.into(), "").expect("a good key");
    match fault {
        Fault::SendsTheKeyAsBearer => Credential::bearer(&key),
        _ => Credential::header(HEADER, &key),
    }
}

pub(crate) fn declaration(fault: Fault) -> Declaration {
    let request = LinkRequest::new(Customer::from_id("cus_1"))
        .subscription("sub_1")
        .allow_cancel(false);
    Declaration {
        adapter: Arc::new(Acme(fault)),
        credential: credential(fault),
        secrets: vec![KEY],
        credential_headers: vec![("x-acme-key", KEY)],
        is_idempotent: false,
        customer_id: "cus_1",
        answered_customer_id: None,
        answer_secrets: vec![SESSION_TOKEN],
        subscription_id: "sub_1",
        requests: vec![DocumentedRequest {
            name: "cancelling forbidden",
            request,
            method: "POST",
            path: "/v1/customers/cus_1/portals",
            headers: vec![
                ("accept", "application/json"),
                ("content-type", "application/json"),
            ],
            body: r#"{"subscription": "sub_1", "allow_cancel": false}"#,
        }],
        answers: answers(),
        engine: client,
    }
}

fn answers() -> Vec<DocumentedAnswer> {
    let answer = |name, status, body, outcome| DocumentedAnswer {
        name,
        status,
        content_type: "application/json",
        body,
        outcome,
    };
    let fault = |kind, field, code| {
        DocumentedOutcome::Fault(FaultValues {
            kind,
            delivery: Delivery::Refused,
            field,
            code: Some(code),
        })
    };
    vec![
        answer(
            "link",
            200,
            r#"{
                "url": "https://pay.acme.example/portal/canary-0815",
                "customer": "cus_1",
                "id": "por_1",
                "expires_at": "2026-03-13T12:30:00Z",
                "theme": "dark",
                "session": {"value": "acme_session_canary_99"},
                "again": "https://pay.acme.example/again"
            }"#,
            DocumentedOutcome::Link(LinkValues {
                url: URL,
                id: Some("por_1"),
                session_id: None,
                expires_at: Some("2026-03-13T12:30:00Z"),
            }),
        ),
        answer(
            "bad key",
            401,
            r#"{"code": "bad_key", "message": "no such key"}"#,
            fault(Kind::Unauthenticated, None, "bad_key"),
        ),
        answer(
            "bad return URL",
            400,
            r#"{"code": "bad", "message": "is not allowed", "field": "return_url"}"#,
            fault(Kind::Invalid, Some("return_url"), "bad"),
        ),
    ]
}
