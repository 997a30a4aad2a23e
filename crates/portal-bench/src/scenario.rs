//! The request and the response that every client exchanges with the server, as the providers document them.

use adapter_kwik::Kwik;
use adapter_onlineapp::OnlineApp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, header};
use portal_core::{Adapter, Credential, Customer, LinkRequest};
use serde::{Deserialize, Serialize};

/// One provider's exchange: through our adapter, and written by hand for the peers.
pub(crate) struct Scenario {
    /// The path of the API.
    pub(crate) base_path: &'static str,
    /// The path where links are created.
    pub(crate) path: &'static str,
    pub(crate) response: &'static str,
    pub(crate) adapter: fn() -> Box<dyn Adapter>,
    pub(crate) credential: fn() -> Credential,
    pub(crate) request: fn() -> LinkRequest,
    /// The headers that are the same for every call.
    pub(crate) headers: fn() -> HeaderMap,
    /// Encodes the body with serde_json.
    pub(crate) encode: fn() -> Vec<u8>,
    /// Decodes the link with serde_json.
    pub(crate) decode: fn(&[u8]) -> String,
}

pub(crate) const KWIK: Scenario = Scenario {
    base_path: "/2.0/",
    path: "/2.0/customer-portal/link",
    response: r#"{"status":true,"result":{"id":"cpl_01HZX8Q2V4","session_id":"cps_01HZX8Q2V5","customer_id":"cus_abc123","subscription_id":"sub_abc123","link_url":"https://pay.kwik.co.za/portal/cps_01HZX8Q2V5?token=b7b1f1f0c2a94f5e8d3c","expires_at":"2026-03-01 12:00:00"}}"#,
    adapter: || Box::new(Kwik),
    credential: || Kwik::credential("key".into(), "secret".into()).unwrap(),
    request: || {
        let request = LinkRequest::new(Customer::from_id("cus_abc123"));
        let request = request
            .subscription("sub_abc123")
            .allow_cancel(false)
            .page_title("Your plan");
        request.return_url("https://my.site/account")
    },
    headers: || {
        let authorization = format!("Basic {}", STANDARD.encode("key:secret"));
        headers(&[("authorization", &authorization)])
    },
    encode: || {
        serde_json::to_vec(&KwikRequest {
            customer_id: "cus_abc123",
            subscription_id: "sub_abc123",
            settings: KwikSettings {
                allow_cancel: false,
                redirect_url: "https://my.site/account",
                page_title: "Your plan",
            },
        })
        .unwrap()
    },
    decode: |body| {
        let response: KwikResponse = serde_json::from_slice(body).unwrap();
        assert!(response.status && response.result.customer_id == "cus_abc123");
        response.result.link_url
    },
};

pub(crate) const ONLINEAPP: Scenario = Scenario {
    base_path: "/",
    path: "/api/v1/paywall/547/get-customer-portal",
    response: r#"{"url":"https://billing.stripe.com/p/session/test_YWNjdF8xTTJKVGtMa2RJd0h1N2l4LF9PaE"}"#,
    adapter: || Box::new(OnlineApp::new("547").unwrap()),
    credential: || OnlineApp::credential("sk_live_1".into()).unwrap(),
    request: || {
        let request = LinkRequest::new(Customer::from_email("user@example.com"));
        let request = request.meta("utm_source", "facebook");
        request.return_url("https://my.site/account")
    },
    headers: || {
        headers(&[
            ("x-api-key", "sk_live_1"),
            ("x-paywall-id", "547"),
            ("x-sdk-version", "portal/0.1.0"),
        ])
    },
    encode: || {
        serde_json::to_vec(&OnlineAppRequest {
            email: "user@example.com",
            user_meta: OnlineAppMeta {
                utm_source: "facebook",
            },
            return_url: "https://my.site/account",
        })
        .unwrap()
    },
    decode: |body| {
        let response: OnlineAppResponse = serde_json::from_slice(body).unwrap();
        response.url
    },
};

fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
    let common = [
        (header::CONTENT_TYPE, "application/json"),
        (header::ACCEPT, "application/json"),
        (header::USER_AGENT, "portal/0.1.0"),
    ];
    let common = common.map(|(name, value)| (name, HeaderValue::from_static(value)));
    let own = of.iter().map(|(name, value)| {
        let value = HeaderValue::from_str(value).unwrap();
        (name.parse().unwrap(), value)
    });
    common.into_iter().chain(own).collect()
}

#[derive(Serialize)]
struct KwikRequest<'a> {
    customer_id: &'a str,
    subscription_id: &'a str,
    settings: KwikSettings<'a>,
}

#[derive(Serialize)]
struct KwikSettings<'a> {
    allow_cancel: bool,
    redirect_url: &'a str,
    page_title: &'a str,
}

#[derive(Deserialize)]
struct KwikResponse {
    status: bool,
    result: KwikResult,
}

#[derive(Deserialize)]
#[expect(
    dead_code,
    reason = "a handwritten client decodes all documented fields"
)]
struct KwikResult {
    id: String,
    session_id: String,
    customer_id: String,
    subscription_id: String,
    link_url: String,
    expires_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnlineAppRequest<'a> {
    email: &'a str,
    user_meta: OnlineAppMeta<'a>,
    return_url: &'a str,
}

#[derive(Serialize)]
struct OnlineAppMeta<'a> {
    utm_source: &'a str,
}

#[derive(Deserialize)]
struct OnlineAppResponse {
    url: String,
}
