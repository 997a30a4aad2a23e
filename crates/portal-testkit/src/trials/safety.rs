//! No input and no answer can lead to another place.

use portal_core::{
    Delivery, Field, JsonObject, Kind, LinkRequest, OptionValue, Support, ValueKind,
};
use serde_json::{Value, json};

use super::codec;
use crate::damage::{Damage, Key, places, written};
use crate::field_names::no_trial;
use crate::report::Findings;
use crate::trial_setup::{BASE, TrialSetup, step};

/// Values that try to break out of the place where a request puts them.
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

/// Values in every field, harmless or not, are refused or arrive as values: one request to the
/// same path with the same headers, whose body still reads.
pub(crate) fn places_kept(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let Some(link) = setup.links().next() else {
        return;
    };
    let answer = || step(link, link.body);
    let plain = setup.exchange(&setup.full(), [answer()]);
    let Some(plain) = plain.sent.first() else {
        return findings.fail("the full request is not sent".into());
    };
    for attack in ATTACKS {
        for (field, request) in attacked(setup, attack) {
            let exchange = setup.exchange(&request, [answer()]);
            let sent = match (&exchange.told, &exchange.sent[..]) {
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
                && marks(&sent.path) == marks(&plain.path)
                && !sent
                    .path
                    .split('/')
                    .any(|segment| [".", ".."].contains(&segment));
            findings.check(sent.method == plain.method && is_below, || {
                format!("{attack:?} as `{field}` goes to `{}`", sent.path)
            });
            findings.check(sent.header_names() == plain.header_names(), || {
                format!(
                    "{attack:?} as `{field}` brings headers {:?}",
                    sent.header_names()
                )
            });
            let reads = plain.body.is_empty() || codec::json(sent.body.as_bytes()).is_some();
            findings.check(reads, || format!("{attack:?} as `{field}` breaks the body"));
        }
    }
}

/// How many segments and queries a path has.
fn marks(path: &str) -> [usize; 2] {
    ['/', '?'].map(|mark| path.matches(mark).count())
}

/// The full request, each time with another field of text attacked.
fn attacked(setup: &TrialSetup<'_>, attack: &str) -> Vec<(&'static str, LinkRequest)> {
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
        // What does not parse is refused, so the attack is also put into a value that may parse.
        let whole = match field {
            Field::Email => Some(format!("{attack}@example.com")),
            Field::ReturnUrl => Some(format!("https://shop.example/{attack}")),
            _ => None,
        };
        if let Some(text) = &whole {
            attack_with(OptionValue::Text(text));
        }
    }
    requests
}

/// An extra field whose place is taken is refused by its path, at every depth.
pub(crate) fn extra(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let full = setup.full();
    let body = match setup.call(&full) {
        Ok(call) => codec::json(call.request().body()),
        Err(error) => return findings.fail(error.to_string()),
    };
    let Some(body @ Value::Object(_)) = body else {
        return findings.fail("the body is no JSON object".into());
    };
    for (place, _) in places(&body) {
        let names: Vec<_> = place.iter().filter_map(name).collect();
        let Some((first, rest)) = names.split_first().filter(|_| names.len() == place.len()) else {
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
            let told = exchange.told.err();
            let is_refused = told.as_ref().is_some_and(|error| {
                let field = error
                    .field()
                    .is_some_and(|field| field.starts_with("extra."));
                (error.kind(), error.delivery(), field) == (Kind::Invalid, Delivery::NotSent, true)
            });
            findings.check(is_refused, || {
                format!("`{path}` over a set field gives {told:?}")
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

/// A link is absolute https without userinfo and of a bounded length; anything else is refused.
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
        let Some((body, place)) = documented
            .link()
            .and_then(|url| placed(documented.body, url))
        else {
            findings.fail(format!("`{}` does not hold its own link", documented.name));
            continue;
        };
        for (base, url, is_good) in cases {
            let body = written(
                &body,
                &place,
                &Damage::Becomes(Value::from(url).to_string()),
            );
            let shown: String = url.chars().take(60).collect();
            match setup.read_from(documented, &body, base) {
                Err(why) => findings.fail(format!("`{shown}`: {why}")),
                Ok(Ok(link)) => findings.check(is_good && link.url().expose() == url, || {
                    format!("`{shown}` from `{base}` is accepted, or changed")
                }),
                Ok(Err(error)) => {
                    let told = (error.kind(), error.delivery());
                    let expected = (Kind::Protocol, Delivery::Answered);
                    findings.check(!is_good && told == expected, || {
                        format!("`{shown}` from `{base}` is reported as {told:?}")
                    });
                }
            }
        }
    }
}

/// Whether a documented answer names the customer of its link.
pub(crate) fn names_the_customer(setup: &TrialSetup<'_>) -> bool {
    let customer = setup.declaration.customer_id;
    setup
        .links()
        .any(|link| placed(link.body, customer).is_some())
}

/// A link for another customer would hand over a stranger's billing.
pub(crate) fn another_customer(setup: &TrialSetup<'_>, findings: &mut Findings) {
    for documented in setup.links() {
        let Some((body, place)) = placed(documented.body, setup.declaration.customer_id) else {
            continue;
        };
        for other in [
            "cus_another_customer",
            "",
            &setup.declaration.customer_id.to_uppercase(),
        ] {
            let body = written(
                &body,
                &place,
                &Damage::Becomes(Value::from(other).to_string()),
            );
            match setup.read(documented, &body) {
                Err(why) => findings.fail(why),
                Ok(Ok(_)) => findings.fail(format!("a link for `{other}` is accepted")),
                Ok(Err(error)) => {
                    let told = (error.kind(), error.delivery());
                    findings.check(told == (Kind::Protocol, Delivery::Answered), || {
                        format!("a link for `{other}` is reported as {told:?}")
                    });
                }
            }
        }
    }
}

/// The provider's own id of the customer, if it differs from the one sent, is not another customer.
pub(crate) fn own_id(setup: &TrialSetup<'_>, answered: &str, findings: &mut Findings) {
    let request = setup.full();
    let asked = request.fields().customer.id();
    for documented in setup.links() {
        if placed(documented.body, answered).is_none() {
            continue;
        }
        let told = setup.read(documented, documented.body);
        let is_accepted = matches!(&told, Ok(Ok(link)) if link.customer.id() == asked);
        findings.check(is_accepted, || {
            format!("a link for `{answered}` is refused, or has another customer")
        });
    }
}

/// A body as JSON, and where in it that text stands.
fn placed(body: &str, text: &str) -> Option<(Value, Vec<Key>)> {
    let body = codec::json(body.as_bytes())?;
    let place = places(&body)
        .into_iter()
        .find(|(_, value)| value.as_str() == Some(text))
        .map(|(place, _)| place)?;
    Some((body, place))
}
