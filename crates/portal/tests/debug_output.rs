//! `Debug` and `Display` of every public type that may hold a secret show none.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::env::VarError;
use std::fmt::Debug;
use std::io::Write;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use portal::adapter::{
    BaseUrl, FieldSupport, LinkPolicy, PermitId, ReturnUrl, SleepReason, Support, SystemClock,
};
use portal::config::{
    Config, ConfigFile, ConfigLoader, Options, RateLimit, ReturnOrigins, Roots, Source,
};
use portal::diagnostics::CheckKind;
use portal::request::{Field, parse_json};
use portal::webhook::{
    Acquiring, EventData, EventKind, Payment, Paywall, Price, Refund, Subscription,
    SubscriptionStatus, User, WebhookEvent, WebhookMessage, WebhookSigning,
};
use portal::{
    Customer, Delivery, Error, JsonObject, Kind, Kwik, LinkRequest, PortalLink, PortalUrl, Secret,
};
use portal_core::{
    AccountFingerprint, Answer, Credential, CredentialPart, Idempotency, OptionValue, Redactor,
    RetryDecision, Text, link_call,
};
use portal_testkit::{Authority, Canaries};
use serde_json::json;

const KEY: &str = "canary-api-key";
const SECRET: &str = "canary-api-secret";
const EMAIL: &str = "canary.mail@example.com";
const META: &str = "canary-metadata";
const TITLE: &str = "canary-title";
const RETURN: &str = "https://my.site/canary-return";
const EXTRA: &str = "canary-extra";
const LINK: &str = "https://pay.example.com/portal/canary-link";
const SESSION: &str = "canary-session";

/// The values that no output may show. The origin `my.site` may be shown, but not the path.
fn canaries() -> Canaries {
    let path = "canary-return";
    Canaries::new([KEY, SECRET, EMAIL, META, TITLE, path, EXTRA, LINK, SESSION])
}

/// The output of `Debug` and `Display` for a value of each public type that is full of canaries.
#[derive(Default)]
struct DebugOutput(BTreeMap<&'static str, String>);

impl DebugOutput {
    fn add(&mut self, name: &'static str, value: &dyn Debug) {
        let output = self.0.entry(name).or_default();
        *output += &format!("{value:?} {value:#?} ");
    }
}

fn metadata() -> JsonObject {
    json!({ "name": META, "deep": [META] })
        .as_object()
        .unwrap()
        .clone()
}

fn request() -> LinkRequest {
    LinkRequest::new(Customer::from_id("cus_1").with_email(EMAIL))
        .metadata(metadata())
        .page_title(TITLE)
        .extra("note", EXTRA)
        .return_url(RETURN)
        .best_effort()
}

fn base() -> BaseUrl {
    "http://127.0.0.1:1".parse().unwrap()
}

fn link() -> PortalLink {
    let url = PortalUrl::from_answer(LINK, &base()).unwrap();
    let mut link = PortalLink::new(url, Customer::from_id(EMAIL).with_email(EMAIL));
    link.id = Some(SESSION.to_owned());
    link.session_id = Some(SESSION.to_owned());
    link.raw = json!({ "again": LINK }).as_object().unwrap().clone();
    link
}

fn request_types(output: &mut DebugOutput) {
    output.add("Secret", &Secret::from(KEY));
    let part = CredentialPart::parse("api_key", KEY.into(), "hint").unwrap();
    let credential = Credential::bearer(&part);
    output.add("CredentialPart", &part);
    output.add("Credential", &credential);
    output.add(
        "AccountFingerprint",
        &AccountFingerprint::new("acme", &base(), &credential),
    );
    let error = parse_json("metadata", &format!("{{\"{META}\": {EMAIL}}}")).unwrap_err();
    output.add("JsonError", &error);
    output.add(
        "ReturnOrigins",
        &ReturnOrigins::parse(["https://my.site"]).unwrap(),
    );
    output.add("BaseUrl", &base());
    output.add("PortalUrl", &PortalUrl::from_answer(LINK, &base()).unwrap());
    output.add("PortalLink", &link());
    let answer = json!(LINK).to_string();
    output.add("Text", &serde_json::from_str::<Text<'_>>(&answer).unwrap());
    let bad = Customer::from_email(format!("{EMAIL} x")).with_id(format!("{EMAIL}\n"));
    output.add("Customer", &[link().customer, bad.clone()]);
    let request = request();
    output.add(
        "LinkRequest",
        &[request.clone(), LinkRequest::new(bad).page_title("")],
    );
    output.add("LinkFields", request.fields());
    let secrets = [KEY.into()];
    let redactor = Redactor::new(&secrets).with_fields(request.fields());
    output.add("Redactor", &redactor);
    let info = portal::provider("onlineapp").unwrap().info;
    let plan = info.capabilities.plan(&request).unwrap();
    output.add("Plan", &plan);
    output.add("ValidatedRequest", &plan.validate().unwrap());
    output.add(
        "FieldSupport",
        &[FieldSupport::Supported, FieldSupport::Missing],
    );
    output.add("ProviderInfo", info);
    output.add("Capabilities", &info.capabilities);
    output.add("LinkPolicy", &LinkPolicy::default());
    output.add("Support", &Support::Required);
    output.add("Field", &Field::ALL);
    let infos: Vec<_> = Field::ALL.iter().map(|field| field.info()).collect();
    output.add("FieldInfo", &infos);
    output.add("FieldGroup", &infos[0].group);
    output.add("ValueKind", &infos[0].kind);
    output.add("OptionValue", &OptionValue::Text(EMAIL));
    output.add("Idempotency", &Idempotency::NotIdempotent("a reason"));
    output.add("Kind", &Kind::Invalid);
    output.add("Delivery", &Delivery::NotSent);
    output.add("RetryPolicy", &Options::default().retry);
    output.add("RetryBudget", &Options::default().retry.budget);
    output.add("RetryDecision", &RetryDecision::Wait(Duration::ZERO));
}

/// Declares `options`, which adds the type of each option: its example, and every canary that parses.
macro_rules! define_options {
    ($($group:ident {
        $($variant:ident $field:ident $([$($accessor:ident)*])?: $kind:ident $($type:ident)?, $meaning:literal { $($key:ident: $value:expr),* };)*
    })*) => {
        fn options(output: &mut DebugOutput) {
            $($($(
                let info = Field::$variant.info();
                // Types of other options show their text, but mask an address in its place.
                let titles = [TITLE, META].into_iter().filter(|_| info.is_personal);
                for text in [info.example, EMAIL, LINK, RETURN].into_iter().chain(titles) {
                    if let Ok(value) = portal::request::$type::try_from(text) {
                        output.add(stringify!($type), &value);
                    }
                }
            )?)*)*
        }
    };
}

portal::adapter::request_options!(define_options);

fn calls(output: &mut DebugOutput) {
    let adapter = onlineapp::OnlineApp::new("547").unwrap();
    let request = request();
    let call = link_call(&adapter, &request).unwrap();
    output.add("Call", &call);
    let echo =
        json!({ "error": "no", "message": format!("{KEY} of {EMAIL}, {META}, {LINK}, {RETURN}") });
    let (body, headers, base) = (echo.to_string(), HeaderMap::new(), base());
    let secrets = [KEY.into()];
    let redactor = Redactor::new(&secrets).with_fields(request.fields());
    let answer = Answer::new(
        StatusCode::BAD_REQUEST,
        &headers,
        body.as_bytes(),
        &base,
        &redactor,
    );
    let refusals = [
        call.decode(&answer).unwrap_err(),
        answer.unreadable("is odd"),
        answer
            .json::<JsonObject>()
            .map(drop)
            .err()
            .unwrap_or_else(|| Error::protocol("read")),
        EMAIL.parse::<ReturnUrl>().unwrap_err(),
        ReturnOrigins::parse([LINK]).unwrap_err(),
        format!("{LINK}?key={KEY}").parse::<BaseUrl>().unwrap_err(),
        format!("https://{KEY}:{SECRET}@example.com")
            .parse::<BaseUrl>()
            .unwrap_err(),
        CredentialPart::parse("api_key", format!("{KEY}\n").into(), "hint").unwrap_err(),
        PortalUrl::from_answer(&LINK.replace("https", "http"), &base).unwrap_err(),
        portal::provider(EMAIL).unwrap_err(),
    ];
    for error in &refusals {
        output.add("Error", error);
        let text = format!("{error} {} ", json!(error));
        *output.0.get_mut("Error").unwrap() += &text;
    }
}

fn engine(output: &mut DebugOutput) {
    let mut options = Options::default();
    options.base_url = Some(base());
    options.return_origins = Some(ReturnOrigins::parse(["https://my.site"]).unwrap());
    output.add("Options", &options);
    output.add("Rate", &options.rate);
    output.add("Spread", &options.spread);
    output.add("RateLimit", &RateLimit::per_second(NonZeroU32::MIN));
    output.add("PermitId", &PermitId::default());
    output.add("SleepReason", &SleepReason::Timeout);
    let pem = Authority::new("any").pem();
    output.add("Roots", &Roots::from_pem(pem.as_bytes()).unwrap());
    output.add("SystemClock", &SystemClock::default());
    let kwik = Kwik::builder().api_key(KEY).api_secret(SECRET);
    output.add("Builder", &kwik.base_url("http://127.0.0.1:1"));

    let mut config = Config::new("onlineapp").unwrap();
    config.set("api_key", KEY).unwrap();
    config.set("paywall_id", "547").unwrap();
    config.set("webhook_secret", SECRET).unwrap();
    output.add("Config", &config);
    output.add("Provider", &config.provider());
    output.add("Setting", &config.provider().settings);
    let WebhookSigning::Verified(signature) = config.provider().webhook_signing() else {
        panic!("OnlineApp documents its signature");
    };
    output.add("Signature", &signature);
    output.add("WebhookSigning", &config.provider().webhook_signing());
    let client = config.client().unwrap();
    output.add("Preview", &client.preview(&request()).unwrap());
    output.add("Client", &client);
    let mut config = Config::new("kwik").unwrap();
    config.set_from_command("api_key", ["echo", KEY]).unwrap();
    config
        .set_from_command("api_secret", ["echo", SECRET])
        .unwrap();
    output.add("Config", &config);
    output.add("Client", &config.client().unwrap());
}

fn files(output: &mut DebugOutput) {
    let text = format!(
        "[kwik]\napi_key = '{KEY}'\napi_secret_command = 'echo {SECRET}'\n\
         [profiles.test.onlineapp]\napi_key = '{KEY}'\npaywall_id = '547'\n"
    );
    // Only its owner may read it.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    output.add("ConfigFile", &ConfigFile::read(file.path()).unwrap());
    let unset = |_: &str| Err(VarError::NotPresent);
    let layers = ConfigLoader::from_variables(Some(file.path()), Some("test"), unset).unwrap();
    output.add("ConfigLoader", &layers);
    output.add("Config", &layers.config("kwik").unwrap());
    let mut config = layers.config("onlineapp").unwrap();
    let with_password = format!("https://user:{SECRET}@example.com");
    config.set("base_url", with_password).unwrap();
    output.add("EffectiveSetting", &config.effective_settings());
    config.set("base_url", base().as_str()).unwrap();
    let client = config.client().unwrap();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let checks = runtime.block_on(client.diagnostics());
    output.add("Check", &checks);
    output.add("Outcome", &checks[1].outcome);
    output.add("CheckKind", &CheckKind::ALL);
    let sources = [Source::BuiltIn, Source::Variable("KWIK_API_KEY".to_owned())];
    output.add("Source", &sources);
    for bad in [
        format!("api_key = '{KEY}"),
        format!("[kwik]\napi_key = ['{KEY}']"),
    ] {
        let error = ConfigFile::parse("config.toml", &bad).unwrap_err();
        output.add("Error", &(error.to_string(), error));
    }
}

fn events(output: &mut DebugOutput) {
    let mut data = EventData::default();
    data.price = Some(Price::default());
    data.customer = Some(Customer::from_id("cus_1").with_email(EMAIL));
    let mut user = User::default();
    user.id = Some("7".to_owned());
    user.metadata = metadata();
    data.user = Some(user);
    data.paywall = Some(Paywall::default());
    data.acquiring = Some(Acquiring::default());
    data.payment = Some(Payment::default());
    let mut subscription = Subscription::default();
    subscription.id = Some(EMAIL.try_into().unwrap());
    subscription.status = Some(SubscriptionStatus::Active);
    data.subscription = Some(subscription);
    let mut refund = Refund::default();
    refund.reason = Some(META.to_owned());
    data.refund = Some(refund);
    let at = "2026-01-15T12:30:45Z".parse().unwrap();
    let mut event = WebhookEvent::new("evt_1".to_owned(), EventKind::RefundCreated, at);
    event.raw = json!({ "data": EMAIL }).as_object().unwrap().clone();
    event.data = data.clone();
    output.add("WebhookEvent", &event);
    output.add("EventKind", &event.kind);
    output.add("EventData", &data);
    output.add("Price", &data.price);
    output.add("User", &data.user);
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(SECRET))]);
    let message = WebhookMessage::new(&headers, KEY.as_bytes(), SystemTime::UNIX_EPOCH);
    output.add("WebhookMessage", &message);
    output.add("Paywall", &data.paywall);
    output.add("Acquiring", &data.acquiring);
    output.add("Payment", &data.payment);
    output.add("Subscription", &data.subscription);
    output.add("SubscriptionStatus", &SubscriptionStatus::Active);
    output.add("Refund", &data.refund);
}

/// Traits and names for the types of others; `Answer` has no `Debug`, and is read and gone.
const NOT_SHOWN: [&str; 13] = [
    "Adapter",
    "Answer",
    "Clock",
    "CredentialProvider",
    "PermitRequest",
    "RateLimiter",
    "SettingValues",
    "Decode",
    "JsonObject",
    "MockPortalProvider",
    "PortalProvider",
    "Result",
    "Sleep",
];

/// The names that the crates' front pages export.
fn exported() -> BTreeSet<String> {
    let pages = [
        include_str!("../../portal-core/src/lib.rs"),
        include_str!("../../portal-core/src/request/mod.rs"),
        include_str!("../../portal-http/src/lib.rs"),
        include_str!("../src/lib.rs"),
        include_str!("../src/adapter.rs"),
        include_str!("../src/config/mod.rs"),
        include_str!("../src/diagnostics.rs"),
        include_str!("../src/webhook.rs"),
    ];
    let uses = pages.iter().flat_map(|page| page.split("pub use ").skip(1));
    let uses = uses.filter_map(|rest| rest.split(';').next());
    let names = uses.flat_map(|list| list.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let is_type = |name: &&str| name.starts_with(char::is_uppercase);
    names.filter(is_type).map(str::to_owned).collect()
}

#[test]
fn no_public_type_shows_a_key_a_link_or_personal_data() {
    let mut output = DebugOutput::default();
    request_types(&mut output);
    options(&mut output);
    calls(&mut output);
    engine(&mut output);
    files(&mut output);
    events(&mut output);
    for (name, text) in &output.0 {
        canaries().assert_hidden(name, text);
        assert!(!text.contains("canary"), "{name}: {text}");
    }
    let mut exported = exported();
    exported.retain(|name| !NOT_SHOWN.contains(&name.as_str()));
    let listed: BTreeSet<_> = output.0.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed, exported, "this test covers every public type");
}

#[test]
fn a_panic_with_an_error_or_a_link_shows_no_more_than_their_debug() {
    let refused = || CredentialPart::parse("api_key", format!("{KEY}\n").into(), "hint");
    let over_an_error = std::panic::catch_unwind(|| refused().map(drop).unwrap());
    let over_a_link = std::panic::catch_unwind(|| panic!("unwrap of {:?}", link()));
    for panic in [over_an_error, over_a_link] {
        let message = panic.unwrap_err().downcast::<String>().unwrap();
        canaries().assert_hidden("a panic", &message);
        assert!(message.contains("unwrap"), "{message}");
    }
}
