//! The crate as a Rust user meets it: configured without touching the process's environment, and
//! against the real sandbox over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::HashMap;
use std::env::VarError;
use std::ffi::OsString;
use std::fmt::Debug;
use std::sync::Arc;

use portal::config::Config;
use portal::{
    Customer, Delivery, Error, Kind, Kwik, LinkRequest, MockPortalProvider, OnlineApp, PortalLink,
    PortalProvider, PortalUrl, from_config, from_env, providers, redirect,
};
use portal_sandbox::Sandbox;

const CANARY: &str = "canary";

/// Reads variables from a list, in place of the process's environment.
fn variables(list: &[(&str, &str)]) -> impl Fn(&str) -> Result<String, VarError> {
    let list: HashMap<_, _> = list
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    move |name| list.get(name).cloned().ok_or(VarError::NotPresent)
}

fn shows_no_canary(thing: &impl Debug) {
    for output in [format!("{thing:?}"), format!("{thing:#?}")] {
        assert!(!output.contains(CANARY), "{output}");
    }
}

/// Asserts what every configuration error says.
#[track_caller]
fn refused(error: &Error, field: &str, parts: &[&str]) {
    assert_eq!(
        (error.kind(), error.delivery(), error.field()),
        (Kind::Configuration, Delivery::NotSent, Some(field)),
        "{error}"
    );
    assert!(error.hint().is_some(), "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
}

/// Returns the settings of a client of `config`, to compare: a `Client` has no equality.
fn settings_of(config: &Config) -> String {
    format!("{:?}", config.client().unwrap())
}

async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().listen(([127, 0, 0, 1], 0).into());
    builder.start().await.unwrap()
}

fn kwik_request() -> LinkRequest {
    LinkRequest::new(Customer::from_id("cus_demo_active")).subscription("sub_demo_active")
}

fn onlineapp_request() -> LinkRequest {
    LinkRequest::new(Customer::from_email("canary@example.com"))
}

#[test]
fn an_unknown_provider_is_answered_with_the_known_ones() {
    refused(
        &from_env("stripe").err().unwrap(),
        "provider",
        &["`stripe`", "`kwik`", "`onlineapp`"],
    );
    let error = Config::from_variables("Kwik", variables(&[])).unwrap_err();
    refused(&error, "provider", &["`Kwik`", "`kwik`"]);
    // The arguments are easily swapped.
    let error = Config::new("canary@example.com").unwrap_err();
    refused(&error, "provider", &["***"]);
}

#[test]
fn every_setting_has_a_variable_and_a_name() {
    for provider in providers() {
        for setting in provider.settings {
            let all: Vec<_> = provider
                .settings
                .iter()
                .map(|s| (s.variable, "x"))
                .collect();
            assert!(
                Config::from_variables(provider.info.id, variables(&all))
                    .unwrap()
                    .is_complete()
            );

            let without: Vec<_> = all
                .iter()
                .copied()
                .filter(|(name, _)| *name != setting.variable)
                .collect();
            let config = Config::from_variables(provider.info.id, variables(&without)).unwrap();
            assert_eq!(
                config.is_complete(),
                !setting.required,
                "{}",
                setting.variable
            );
            let mut config = config;
            config.set(setting.name, "x").unwrap();
            assert!(config.is_complete());
        }
    }
}

#[test]
fn a_missing_setting_names_its_variable_and_for_a_secret_the_file() {
    for provider in providers() {
        for missing in provider.settings.iter().filter(|setting| setting.required) {
            let others: Vec<_> = provider
                .settings
                .iter()
                .filter(|setting| setting.required && *setting != missing)
                .map(|setting| (setting.variable, CANARY))
                .collect();
            let config = Config::from_variables(provider.info.id, variables(&others)).unwrap();
            let error = config.client().unwrap_err();
            refused(&error, missing.name, &[&format!("`{}`", missing.variable)]);
            let file = format!("`{}_FILE`", missing.variable);
            assert_eq!(error.to_string().contains(&file), missing.secret, "{error}");
            assert_eq!(error.provider(), Some(provider.info.id));
        }
    }
}

#[test]
fn an_adapter_and_a_credential_without_a_client_are_made_of_the_same_settings() {
    let kwik = portal::provider("kwik").unwrap();
    let both = [("api_key", "a"), ("api_secret", "b")];
    let (adapter, credential) = kwik.adapter_and_credential(&both).unwrap();
    assert_eq!(adapter.info().id, "kwik");
    let mut headers = http::HeaderMap::new();
    credential.apply(&mut headers);
    // `a:b` in base64.
    assert_eq!(headers["authorization"], "Basic YTpi");

    let missing = kwik.adapter_and_credential(&both[..1]).unwrap_err();
    refused(&missing, "api_secret", &["`KWIK_API_SECRET`"]);
    let unknown = kwik.adapter_and_credential(&[("paywall_id", CANARY)]);
    refused(&unknown.unwrap_err(), "paywall_id", &["`api_key`"]);
}

#[test]
fn a_base_url_comes_from_its_variable_and_a_later_setting_wins() {
    let mut list = vec![("KWIK_API_KEY", "a"), ("KWIK_API_SECRET", "b")];
    let config = Config::from_variables("kwik", variables(&list)).unwrap();
    assert!(settings_of(&config).contains("https://api.kwik.co.za/2.0"));
    list.push(("KWIK_BASE_URL", "https://one.example"));
    let mut config = Config::from_variables("kwik", variables(&list)).unwrap();
    assert!(settings_of(&config).contains("https://one.example"));
    config.set("base_url", "https://two.example").unwrap();
    let output = settings_of(&config);
    assert!(
        output.contains("https://two.example") && !output.contains("one.example"),
        "{output}"
    );
}

#[test]
fn a_plain_base_url_to_another_machine_is_refused_before_anything_is_sent() {
    let list = [
        ("ONLINEAPP_API_KEY", CANARY),
        ("ONLINEAPP_PAYWALL_ID", "547"),
        ("ONLINEAPP_BASE_URL", "http://canary.example.com"),
    ];
    let config = Config::from_variables("onlineapp", variables(&list)).unwrap();
    let error = config.client().unwrap_err();
    refused(&error, "base_url", &["plain http"]);
    assert_eq!(error.provider(), Some("onlineapp"));
    refused(&from_config(&config).err().unwrap(), "base_url", &[]);
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let list = [
        ("KWIK_API_KEY", ""),
        ("KWIK_API_KEY_FILE", ""),
        ("KWIK_API_SECRET", "x"),
        ("KWIK_BASE_URL", ""),
    ];
    let config = Config::from_variables("kwik", variables(&list)).unwrap();
    assert!(!config.is_complete());
    refused(
        &config.client().unwrap_err(),
        "api_key",
        &["`KWIK_API_KEY`"],
    );
}

#[test]
fn a_secret_from_a_file_loses_its_line_end_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let path = file.to_str().unwrap();
    let list = [("KWIK_API_KEY_FILE", path), ("KWIK_API_SECRET", "b")];
    for text in ["key", "key\n", "key\r\n"] {
        std::fs::write(&file, text).unwrap();
        let config = Config::from_variables("kwik", variables(&list)).unwrap();
        assert!(config.client().is_ok(), "{text:?}");
    }
    // What is left is the adapter's to judge.
    for text in ["key \n", "\n", "key\nmore\n"] {
        std::fs::write(&file, text).unwrap();
        let config = Config::from_variables("kwik", variables(&list)).unwrap();
        refused(&config.client().unwrap_err(), "api_key", &[]);
    }
}

#[test]
fn the_error_of_an_unreadable_file_names_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, binary) = (folder.path().join("missing"), folder.path().join("binary"));
    std::fs::write(&binary, b"canary\xff").unwrap();
    for path in [&missing, &binary, &folder.path().to_owned()] {
        let list = [("ONLINEAPP_API_KEY_FILE", path.to_str().unwrap())];
        let config = Config::from_variables("onlineapp", variables(&list)).unwrap();
        let error = config.client().unwrap_err();
        refused(&error, "api_key", &["`ONLINEAPP_API_KEY_FILE`"]);
        assert_eq!(error.provider(), Some("onlineapp"));
    }
}

#[test]
fn a_secret_that_is_set_both_ways_is_refused() {
    let list = [
        ("KWIK_API_SECRET", CANARY),
        ("KWIK_API_SECRET_FILE", "/canary"),
    ];
    let error = Config::from_variables("kwik", variables(&list)).unwrap_err();
    refused(
        &error,
        "api_secret",
        &["`KWIK_API_SECRET`", "`KWIK_API_SECRET_FILE`"],
    );
}

#[test]
fn a_variable_that_is_not_utf8_is_refused_by_its_name() {
    for (name, field) in [
        ("KWIK_API_KEY", "api_key"),
        ("KWIK_API_SECRET_FILE", "api_secret"),
        ("KWIK_BASE_URL", "base_url"),
    ] {
        let read = |asked: &str| match asked == name {
            true => Err(VarError::NotUnicode(OsString::from(CANARY))),
            false => Err(VarError::NotPresent),
        };
        let error = Config::from_variables("kwik", read).unwrap_err();
        refused(&error, field, &[&format!("`{name}`"), "UTF-8"]);
    }
}

#[test]
fn a_setting_that_the_provider_does_not_have_is_answered_with_those_it_has() {
    let error = Config::new("kwik")
        .unwrap()
        .set("paywall_id", CANARY)
        .unwrap_err();
    refused(
        &error,
        "paywall_id",
        &["`api_key`", "`api_secret`", "`base_url`"],
    );
}

#[tokio::test]
async fn the_builders_make_links_over_http() {
    let sandbox = sandbox().await;
    let kwik = Kwik::builder()
        .api_key("sandbox_key")
        .api_secret("sandbox_secret")
        .base_url(format!("{}/2.0/", sandbox.url()))
        .build()
        .unwrap();
    let link = kwik
        .create_link(&kwik_request().allow_cancel(false))
        .await
        .unwrap();
    assert!(link.url().expose().starts_with(sandbox.url()));
    assert_eq!(link.subscription.unwrap().as_str(), "sub_demo_active");
    assert!(link.expires_at.is_some() && link.id.is_some() && link.session_id.is_some());

    let onlineapp = OnlineApp::builder()
        .api_key("sk_sandbox_onlineapp")
        .paywall_id("547")
        .base_url(sandbox.url())
        .build()
        .unwrap();
    let link = onlineapp
        .create_link(&onlineapp_request().meta("a", 1))
        .await
        .unwrap();
    assert!(link.url().expose().starts_with(sandbox.url()));
    assert!(link.expires_at.is_none() && link.id.is_none());
    sandbox.shutdown().await;
}

#[tokio::test]
async fn both_providers_serve_in_parallel_behind_one_trait() {
    let sandbox = sandbox().await;
    let url = sandbox.url();
    let kwik = [
        ("KWIK_API_KEY", "sandbox_key"),
        ("KWIK_API_SECRET", "sandbox_secret"),
        ("KWIK_BASE_URL", &format!("{url}/2.0/")),
    ];
    let onlineapp = [
        ("ONLINEAPP_API_KEY", "sk_sandbox_onlineapp"),
        ("ONLINEAPP_PAYWALL_ID", "547"),
        ("ONLINEAPP_BASE_URL", url),
    ];
    let kwik = from_config(&Config::from_variables("kwik", variables(&kwik)).unwrap()).unwrap();
    let onlineapp = Config::from_variables("onlineapp", variables(&onlineapp)).unwrap();
    let onlineapp: Arc<dyn PortalProvider> = from_config(&onlineapp).unwrap();

    let calls: Vec<_> = (0..10)
        .map(|at| {
            let provider = Arc::clone(if at % 2 == 0 { &kwik } else { &onlineapp });
            tokio::spawn(async move {
                let request = LinkRequest::new(
                    Customer::from_id("cus_demo_active").with_email("user@example.com"),
                );
                let link = provider.create_link(&request).await.unwrap();
                (provider.info().id, link.url().expose().to_owned())
            })
        })
        .collect();
    let mut urls = Vec::new();
    for (at, call) in calls.into_iter().enumerate() {
        let (id, url) = call.await.unwrap();
        assert_eq!(id, if at % 2 == 0 { "kwik" } else { "onlineapp" });
        urls.push(url);
    }
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 10);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_refusal_carries_what_a_caller_needs() {
    let sandbox = sandbox().await;
    let kwik = Kwik::builder()
        .api_key("canary-key")
        .api_secret("canary-secret")
        .base_url(format!("{}/2.0/", sandbox.url()))
        .build()
        .unwrap();
    let error = kwik.create_link(&kwik_request()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unauthenticated, Delivery::Refused)
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(
        (
            error.provider(),
            error.operation(),
            error.provider_code(),
            error.attempts()
        ),
        (Some("kwik"), Some("create_link"), Some("001"), 1)
    );
    assert!(!error.is_retryable());
    shows_no_canary(&error);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_link_becomes_a_redirect_that_is_not_cached() {
    let sandbox = sandbox().await;
    let onlineapp = OnlineApp::builder()
        .api_key("sk_sandbox_onlineapp")
        .paywall_id("547")
        .base_url(sandbox.url())
        .build()
        .unwrap();
    let link = onlineapp.create_link(&onlineapp_request()).await.unwrap();
    let response: http::Response<Vec<u8>> = redirect(&link);
    assert_eq!(response.status(), 303);
    let headers = response.headers();
    assert_eq!(headers["location"], link.url().expose());
    assert!(headers["location"].is_sensitive());
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers.len(), 3);
    assert!(response.body().is_empty());
    assert!(!format!("{response:?} {link:?}").contains(link.url().expose()));
    sandbox.shutdown().await;
}

#[tokio::test]
async fn an_application_is_tested_with_a_mock_in_the_providers_place() {
    let mut mock = MockPortalProvider::new();
    mock.expect_create_link()
        .withf(|request| request.fields().allow_cancel == Some(false))
        .times(1)
        .returning(|request| {
            let base = "https://example.com".parse()?;
            let url = PortalUrl::from_answer("https://pay.example.com/canary", &base)?;
            Ok(PortalLink::new(url, request.fields().customer.clone()))
        });
    mock.expect_create_link().returning(|_| {
        Err(Error::new(
            Kind::Conflict,
            Delivery::Refused,
            "an active purchase",
        ))
    });

    let provider: Arc<dyn PortalProvider> = Arc::new(mock);
    let link = provider
        .create_link(&kwik_request().allow_cancel(false))
        .await
        .unwrap();
    assert_eq!(link.url().expose(), "https://pay.example.com/canary");
    shows_no_canary(&link);
    let error = provider.create_link(&kwik_request()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
}

#[test]
fn debug_shows_no_secret_of_anything() {
    let kwik = || {
        Kwik::builder()
            .api_key("canary-key")
            .api_secret("canary-secret")
    };
    shows_no_canary(&kwik());
    shows_no_canary(&kwik().build().unwrap());
    let onlineapp = || OnlineApp::builder().api_key("canary-key").paywall_id("547");
    shows_no_canary(&onlineapp());
    shows_no_canary(&onlineapp().build().unwrap());

    let list = [
        ("KWIK_API_KEY", "canary-key"),
        ("KWIK_API_SECRET", "canary-secret"),
    ];
    let config = Config::from_variables("kwik", variables(&list)).unwrap();
    shows_no_canary(&config);
    shows_no_canary(&config.client().unwrap());
    shows_no_canary(&onlineapp_request().meta("key", CANARY).page_title(CANARY));
    let preview = config.client().unwrap().preview(&kwik_request()).unwrap();
    shows_no_canary(&preview);
}

#[test]
fn a_preview_names_the_whole_request_and_masks_the_key() {
    let kwik = Kwik::builder()
        .api_key("a")
        .api_secret("b")
        .build()
        .unwrap();
    let preview = kwik.preview(&kwik_request()).unwrap();
    assert_eq!(
        preview.url,
        "https://api.kwik.co.za/2.0/customer-portal/link"
    );
    assert!(
        preview
            .headers
            .contains(&("authorization".to_owned(), "***".to_owned()))
    );
    let body: serde_json::Value = serde_json::from_slice(&preview.body).unwrap();
    let expected = serde_json::json!({
        "customer_id": "cus_demo_active", "subscription_id": "sub_demo_active",
    });
    assert_eq!(body, expected);
}
