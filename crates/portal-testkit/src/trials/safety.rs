//! No input changes where a request goes, and no answer gives an unsafe link or another customer's.

use portal_core::{
    Delivery, Field, JsonObject, Kind, LinkRequest, OptionValue, Support, ValueKind,
};
use serde_json::{Value, json};

use super::codec;
use crate::field_values::no_trial;
use crate::json_edit::{Edit, Key, apply, paths};
use crate::report::Findings;
use crate::trial_setup::{BASE, TrialSetup, step};

/// Values that try to change the request around the field that holds them.
const ATTACKS: [&str; 14] = [
    "a\r\nx-injected: 1",
    "a\nx-injected: 1\r\n\r\n",
    "a\0b",
    "..",
    "../../admin",
    "..%2f..%2fadmin",
    "%2e%2e/",
    "a/b?c=d#e",
    "//evil.example/",
    "http://evil.example/",
    "\\..\\a\"'}],",
    "&a=b;c",
    "\u{202e}\u{0}",
    "кл иент ☃",
];

/// Checks that each attack is refused before anything is sent, or arrives as a value: in one request
/// with the same path segments and headers, and a body that is still JSON.
pub(crate) fn injection(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let Some(link) = setup.links().next() else {
        return;
    };
    let answer = || step(link, link.body);
    let reference = setup.exchange(&setup.full(), [answer()]);
    let Some(reference) = reference.requests.first() else {
        return findings.fail("the full request is not sent".into());
    };
    for attack in ATTACKS {
        for (field, request) in with_attack(setup, attack) {
            let exchange = setup.exchange(&request, [answer()]);
            let sent = match (&exchange.result, &exchange.requests[..]) {
                (Err(error), []) if error.delivery() == Delivery::NotSent => {
                    findings.check(error.kind() == Kind::Invalid, || {
                        format!("{attack:?} as `{field}` is refused as {:?}", error.kind())
                    });
                    continue;
                }
                (_, [sent]) => sent,
                (_, all) => {
                    findings.fail(format!("{attack:?} as `{field}`: {} requests", all.len()));
                    continue;
                }
            };
            let is_below = sent.path.starts_with(&format!("{BASE}/"))
                && count_separators(&sent.path) == count_separators(&reference.path)
                && !sent
                    .path
                    .split('/')
                    .any(|segment| [".", ".."].contains(&segment));
            findings.check(sent.method == reference.method && is_below, || {
                format!("{attack:?} as `{field}` goes to `{}`", sent.path)
            });
            findings.check(sent.header_names() == reference.header_names(), || {
                format!(
                    "{attack:?} as `{field}` changes the headers to {:?}",
                    sent.header_names()
                )
            });
            let is_json = reference.body.is_empty() || codec::json(sent.body.as_bytes()).is_some();
            findings.check(is_json, || {
                format!("{attack:?} as `{field}` breaks the body")
            });
        }
    }
}

/// Counts the segments and queries of a path.
fn count_separators(path: &str) -> [usize; 2] {
    ['/', '?'].map(|mark| path.matches(mark).count())
}

/// Creates one request for each field of the full request, with the attack as that field's value.
fn with_attack(setup: &TrialSetup<'_>, attack: &str) -> Vec<(&'static str, LinkRequest)> {
    let full = || setup.full();
    let mut requests = vec![
        ("an extra key", full().extra(attack, 1)),
        ("an extra value", full().extra("trial", attack)),
    ];
    for field in setup.fields(|support| support != Support::Unsupported) {
        let name = field.as_str();
        let mut attack_with = |value| requests.push((name, full().set(field, value)));
        match field.info().kind {
            ValueKind::Text => attack_with(OptionValue::Text(attack)),
            ValueKind::List => attack_with(OptionValue::List(vec![attack.to_owned()])),
            ValueKind::Object => {
                for (key, value) in [(attack, json!(1)), ("trial", attack.into())] {
                    let object = JsonObject::from_iter([(key.to_owned(), value)]);
                    attack_with(OptionValue::Object(object));
                }
            }
            ValueKind::Choice | ValueKind::Flag => {}
            kind => no_trial(kind),
        }
        // A bare attack may be refused because it does not parse, so it is also put into a value that may parse.
        let longer_value = match field {
            Field::Email => Some(format!("{attack}@example.com")),
            Field::ReturnUrl => Some(format!("https://shop.example/{attack}")),
            _ => None,
        };
        if let Some(text) = &longer_value {
            attack_with(OptionValue::Text(text));
        }
    }
    requests
}

/// Checks that an extra field that would overwrite a set one is refused by its path, at every depth.
pub(crate) fn extra(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let full = setup.full();
    let body = match setup.call(&full) {
        Ok(call) => codec::json(call.request().body()),
        Err(error) => return findings.fail(error.to_string()),
    };
    let Some(body @ Value::Object(_)) = body else {
        return findings.fail("the body is no JSON object".into());
    };
    for (path, _) in paths(&body) {
        let names: Vec<_> = path.iter().filter_map(name).collect();
        let Some((first, rest)) = names.split_first().filter(|_| names.len() == path.len()) else {
            continue;
        };
        for other in [json!("overwritten"), json!(null), json!([])] {
            let value = rest
                .iter()
                .rfold(other, |inner, &name| json!({(name): inner}));
            let request = full.clone().extra(*first, value);
            let exchange = setup.exchange(&request, []);
            let path = names.join(".");
            findings.check(exchange.connections == 0, || {
                format!("`{path}` is overwritten")
            });
            let actual = exchange.result.err();
            let is_refused = actual.as_ref().is_some_and(|error| {
                let field = error
                    .field()
                    .is_some_and(|field| field.starts_with("extra."));
                (error.kind(), error.delivery(), field) == (Kind::Invalid, Delivery::NotSent, true)
            });
            findings.check(is_refused, || {
                format!("`{path}` over a set field gives {actual:?}")
            });
        }
    }
    let added = full.extra("trial", json!({"deep": [1, null]}));
    let sent = setup
        .call(&added)
        .ok()
        .and_then(|call| codec::json(call.request().body()));
    let arrives = sent.is_some_and(|sent| sent["trial"] == json!({"deep": [1, null]}));
    findings.check(arrives, || "an extra field does not arrive".into());
}

fn name(key: &Key) -> Option<&str> {
    match key {
        Key::Name(name) => Some(name),
        Key::Index(_) => None,
    }
}

/// Checks that a link must be an absolute https URL of bounded length without userinfo.
pub(crate) fn links(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let local = "http://127.0.0.1:8787";
    let live = setup.adapter().info().default_base_url;
    let long = format!("https://x.example/{}", "x".repeat(8 * 1024));
    let longest = &long[..8 * 1024];
    let cases = [
        (live, "https://x.example:8443/a/../b?c=d#e", true),
        (live, longest, true),
        (live, &long, false),
        (live, "", false),
        (live, "/portal/x", false),
        (live, "//x.example/portal", false),
        (live, "x.example/portal", false),
        (live, "https://", false),
        (live, "http://x.example/portal", false),
        (live, "http://127.0.0.1:8787/portal", false),
        (live, "javascript:alert(1)", false),
        (live, "javascript://x.example/%0aalert(1)", false),
        (live, "data:text/html,x", false),
        (live, "https://user@x.example/portal", false),
        (live, "https://user:pw@x.example/portal", false),
        (live, "https://x.example\\@evil.example/", false),
        (live, " https://x.example/portal", false),
        (live, "https://x.example/portal\r\nset-cookie: a=b", false),
        (local, "http://127.0.0.1:8787/portal", true),
        (local, "https://x.example/portal", true),
        (local, "http://x.example/portal", false),
        (local, "http://user@127.0.0.1/portal", false),
    ];
    for documented in setup.links() {
        let Some((body, path)) = documented
            .link()
            .and_then(|url| find_text(documented.body, url))
        else {
            findings.fail(format!("`{}` does not hold its own link", documented.name));
            continue;
        };
        for (base, url, is_good) in cases {
            let body = apply(&body, &path, &Edit::Replace(Value::from(url).to_string()));
            let start: String = url.chars().take(60).collect();
            match setup.read_from(documented, &body, base) {
                Err(why) => findings.fail(format!("`{start}`: {why}")),
                Ok(Ok(link)) => findings.check(is_good && link.url().expose() == url, || {
                    format!("`{start}` from `{base}` is accepted, or changed")
                }),
                Ok(Err(error)) => {
                    let actual = (error.kind(), error.delivery());
                    let expected = (Kind::Protocol, Delivery::Answered);
                    findings.check(!is_good && actual == expected, || {
                        format!("`{start}` from `{base}` is reported as {actual:?}")
                    });
                }
            }
        }
    }
}

/// Returns the reason if no documented link contains the id of the customer.
pub(crate) fn lacks_the_customer(setup: &TrialSetup<'_>) -> Option<String> {
    let declaration = setup.declaration;
    let mut links = setup.links().peekable();
    // Without a link, the trial runs and is reported as missing.
    links.peek()?;
    if links.any(|link| find_text(link.body, declaration.customer_id).is_some()) {
        return None;
    }
    Some(match declaration.answered_customer_id {
        Some(own_id) => format!("documented links name the customer as `{own_id}` only"),
        None => format!("no documented link holds `{}`", declaration.customer_id),
    })
}

/// Checks that an answer about another customer is refused: its link would show a stranger's invoices.
pub(crate) fn another_customer(setup: &TrialSetup<'_>, findings: &mut Findings) {
    for documented in setup.links() {
        let Some((body, path)) = find_text(documented.body, setup.declaration.customer_id) else {
            continue;
        };
        for other in [
            "cus_another_customer",
            "",
            &setup.declaration.customer_id.to_uppercase(),
        ] {
            let body = apply(&body, &path, &Edit::Replace(Value::from(other).to_string()));
            match setup.read(documented, &body) {
                Err(why) => findings.fail(why),
                Ok(Ok(_)) => findings.fail(format!("a link for `{other}` is accepted")),
                Ok(Err(error)) => {
                    let actual = (error.kind(), error.delivery());
                    findings.check(actual == (Kind::Protocol, Delivery::Answered), || {
                        format!("a link for `{other}` is reported as {actual:?}")
                    });
                }
            }
        }
    }
}

/// Checks that the provider's own id of the customer is accepted, and the link keeps the customer of the request.
pub(crate) fn own_id(setup: &TrialSetup<'_>, answered: &str, findings: &mut Findings) {
    findings.check(answered != setup.declaration.customer_id, || {
        format!(
            "`{answered}` is also the id that is sent, so no link proves that another is accepted"
        )
    });
    let request = setup.full();
    let customer = &request.fields().customer;
    let mut is_answered = false;
    for documented in setup.links() {
        if find_text(documented.body, answered).is_none() {
            continue;
        }
        is_answered = true;
        match setup.read(documented, documented.body) {
            Err(why) => findings.fail(why),
            Ok(Err(error)) => findings.fail(format!("a link for `{answered}` is refused: {error}")),
            Ok(Ok(link)) => findings.check(link.customer == *customer, || {
                format!("the link for `{answered}` has another customer than the request")
            }),
        }
    }
    findings.check(is_answered, || {
        format!("no documented link holds `{answered}`")
    });
}

/// Parses a body, and finds the path to the first value that equals this text.
fn find_text(body: &str, text: &str) -> Option<(Value, Vec<Key>)> {
    let body = codec::json(body.as_bytes())?;
    let path = paths(&body)
        .into_iter()
        .find(|(_, value)| value.as_str() == Some(text))
        .map(|(path, _)| path)?;
    Some((body, path))
}
