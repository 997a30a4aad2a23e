//! The claims of an adapter about its provider.

use http::{HeaderMap, Request, StatusCode};
use percent_encoding::percent_decode_str;
use portal_core::{
    Answer, BaseUrl, Delivery, Field, FieldGroup, Kind, LinkRequest, Redactor, Support,
};

use crate::field_values;
use crate::report::Findings;
use crate::trial_setup::{ReceivedRequest, TrialSetup, step};

pub(crate) fn info(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let info = setup.adapter().info();
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    findings.check(!info.id.is_empty() && info.id.chars().all(is_word), || {
        format!("the id `{}` is not in small letters", info.id)
    });
    findings.check(!info.name.trim().is_empty(), || "the name is empty".into());
    let base: Result<BaseUrl, _> = info.default_base_url.parse();
    findings.check(
        base.is_ok_and(|base| !base.is_plain() && !base.is_loopback()),
        || format!("the base URL `{}` is not https", info.default_base_url),
    );
    let is_needed = |field: &Field| {
        let support = info.capabilities.support(*field);
        [Support::Required, Support::OneOf].contains(&support)
    };
    let mut identifiers = Field::ALL
        .iter()
        .filter(|field| field.info().group == FieldGroup::Customer);
    findings.check(identifiers.any(is_needed), || {
        "no option that names a customer is required".into()
    });
    findings.check(!setup.declaration.secrets.is_empty(), || {
        "`secrets` is empty, so no trial would notice a shown secret".into()
    });
    for secret in &setup.declaration.secrets {
        findings.check(secret.len() >= 10, || {
            "a secret is too short to be recognised".into()
        });
    }
}

/// Checks that a request without a required field, or without all alternatives, is refused by the field's name.
pub(crate) fn required_options(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let choices = setup.choices();
    let groups = setup.required_fields().into_iter().map(|field| vec![field]);
    for group in groups.chain(Some(choices).filter(|group| !group.is_empty())) {
        let mut others = setup.fields(|support| support != Support::Unsupported);
        others.retain(|other| !group.contains(other));
        let request = setup.declaration.request(&others);
        for request in [request.clone(), request.best_effort()] {
            check_refusal(setup, &request, Kind::Invalid, group[0], findings);
            let error = setup.call(&request).err();
            let message = error.as_ref().map_or("", |error| error.message());
            for field in &group {
                findings.check(message.contains(&format!("`{field}`")), || {
                    format!("the refusal does not name `{field}`")
                });
            }
        }
    }
}

pub(crate) fn idempotency(setup: &TrialSetup<'_>, findings: &mut Findings) {
    match setup.call(&setup.minimal()) {
        Ok(call) => findings.check(
            call.idempotency().is_idempotent() == setup.declaration.is_idempotent,
            || format!("the call says {:?}", call.idempotency()),
        ),
        Err(error) => findings.fail(error.to_string()),
    }
}

/// Checks that the check of a credential changes nothing, or that the adapter gives the reason for having none.
pub(crate) fn credential_check(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let call = match setup.adapter().check_credential() {
        Ok(call) => call,
        Err(why) => {
            let is_reason = !why.trim().is_empty() && !why.ends_with('.');
            return findings.check(is_reason, || format!("the reason for no check is {why:?}"));
        }
    };
    let request = call.request();
    let is_safe = request.method().is_safe() && call.idempotency().is_idempotent();
    findings.check(is_safe && request.body().is_empty(), || {
        format!("the check of the credential is {call:?}")
    });
    let base: BaseUrl = "https://api.example.com".parse().expect("a base URL");
    for (status, expected) in [
        (StatusCode::UNAUTHORIZED, Some(Kind::Unauthenticated)),
        (StatusCode::INTERNAL_SERVER_ERROR, Some(Kind::Unavailable)),
    ] {
        let (headers, redactor) = (HeaderMap::new(), Redactor::new(&[]));
        let answer = Answer::new(status, &headers, b"", &base, &redactor);
        let actual = call.decode(&answer).err().map(|error| error.kind());
        findings.check(actual == expected, || {
            format!("the check reads {status} as {actual:?}")
        });
    }
}

/// Checks that a supported field is sent, and that its values are encoded differently.
pub(crate) fn supported_field(setup: &TrialSetup<'_>, field: Field, findings: &mut Findings) {
    let with = setup.minimal_with(field);
    let Some(sent) = encode(setup, &with, findings) else {
        return;
    };
    for text in field_values::texts(field, setup.declaration.ids()) {
        let decoded = percent_decode_str(&sent).decode_utf8_lossy();
        findings.check(sent.contains(text) || decoded.contains(text), || {
            format!("the request does not contain `{field}`")
        });
    }
    if setup.capabilities().support(field) == Support::Supported {
        let without = encode(setup, &setup.minimal(), findings);
        findings.check(without.as_ref() != Some(&sent), || {
            format!("the request is the same with `{field}` and without")
        });
    }
    if let Some(request) = field_values::set_other_value(with, field) {
        let other_value = encode(setup, &request, findings);
        findings.check(other_value.as_ref() != Some(&sent), || {
            format!("the request is the same for every value of `{field}`")
        });
    }
}

/// Checks that an unneeded field is accepted and not sent.
pub(crate) fn unneeded_field(setup: &TrialSetup<'_>, field: Field, findings: &mut Findings) {
    let with = encode(setup, &setup.minimal_with(field), findings);
    let without = encode(setup, &setup.minimal(), findings);
    findings.check(with == without, || format!("`{field}` is sent"));
}

/// Checks that an unsupported field is refused by name, and that best effort omits it and reports that.
pub(crate) fn unsupported_field(setup: &TrialSetup<'_>, field: Field, findings: &mut Findings) {
    let request = setup.minimal_with(field);
    check_refusal(setup, &request, Kind::Unsupported, field, findings);

    let request = request.best_effort();
    let with = encode(setup, &request, findings);
    let without = encode(setup, &setup.minimal(), findings);
    findings.check(with == without, || {
        format!("best effort still sends `{field}`")
    });
    for documented in setup.links() {
        match setup
            .exchange(&request, [step(documented, documented.body)])
            .result
        {
            Ok(link) => findings.check(link.omitted == [field], || {
                format!("the link does not say that `{field}` was left out")
            }),
            Err(error) => findings.fail(format!("`{}`: {error}", documented.name)),
        }
    }
}

/// Encodes a request without its credential, as text.
fn encode(
    setup: &TrialSetup<'_>,
    request: &LinkRequest,
    findings: &mut Findings,
) -> Option<String> {
    match setup.call(request) {
        Ok(call) => Some(request_text(call.request())),
        Err(error) => {
            findings.fail(error.to_string());
            None
        }
    }
}

pub(crate) fn request_text(request: &Request<bytes::Bytes>) -> String {
    let headers = request.headers().iter();
    let headers = headers
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    format!(
        "{} {}\n{}\n\n{}",
        request.method(),
        request.uri(),
        headers.collect::<Vec<_>>().join("\n"),
        String::from_utf8_lossy(request.body())
    )
}

/// Checks that a request is refused for that field, and that nothing is sent.
fn check_refusal(
    setup: &TrialSetup<'_>,
    request: &LinkRequest,
    kind: Kind,
    field: Field,
    findings: &mut Findings,
) {
    let exchange = setup.exchange(request, []);
    findings.check(exchange.connections == 0, || {
        let paths: Vec<_> = exchange
            .requests
            .iter()
            .map(|ReceivedRequest { path, .. }| path)
            .collect();
        format!("something was sent: {paths:?}")
    });
    match exchange.result {
        Ok(_) => findings.fail(format!("`{field}` is not refused")),
        Err(error) => {
            let actual = (error.kind(), error.delivery(), error.field());
            findings.check(
                actual == (kind, Delivery::NotSent, Some(field.as_str())),
                || format!("`{field}` is refused as {actual:?}"),
            );
            findings.check(
                error.hint().is_some() && error.provider() == Some(setup.adapter().info().id),
                || "the refusal lacks a hint or the provider".into(),
            );
        }
    }
}
