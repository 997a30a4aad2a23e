//! What is asked and answered: the same for everyone, as the providers document it.

use adapter_kwik::Kwik;
use adapter_onlineapp::OnlineApp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, header};
use portal_core::{Adapter, Credential, Customer, LinkRequest};
use serde::{Deserialize, Serialize};

/// One provider's exchange, as our adapter makes it and as one would write it by hand.
pub(crate) struct Exchange {
    /// Below the origin, where the API lives.
    pub(crate) folder: &'static str,
    /// Below the origin, where links are made.
    pub(crate) path: &'static str,
    /// What the server says.
    pub(crate) answer: &'static str,
    pub(crate) adapter: fn() -> Box<dyn Adapter>,
    pub(crate) credential: fn() -> Credential,
    pub(crate) request: fn() -> LinkRequest,
    /// The headers that do not change from call to call.
    pub(crate) headers: fn() -> HeaderMap,
    /// The body, written by serde_json.
    pub(crate) body: fn() -> Vec<u8>,
    /// The link, read by serde_json.
    pub(crate) link: fn(&[u8]) -> String,
}

impl Exchange {
    /// Makes the request that a client by hand would send below `base`.
    pub(crate) fn by_hand(&self, headers: &HeaderMap, base: &str) -> Request<Bytes> {
        let mut request = Request::post(format!("{base}{}", self.path));
        request
            .headers_mut()
            .unwrap()
            .extend(headers.iter().map(|(k, v)| (k.clone(), v.clone())));
        request.body((self.body)().into()).unwrap()
    }
}

pub(crate) const KWIK: Exchange = Exchange {
    folder: "/2.0/",
    path: "/2.0/customer-portal/link",
    answer: r#"{"status":true,"result":{"id":"cpl_01HZX8Q2V4","session_id":"cps_01HZX8Q2V5","customer_id":"cus_abc123","subscription_id":"sub_abc123","link_url":"https://pay.kwik.co.za/portal/cps_01HZX8Q2V5?token=b7b1f1f0c2a94f5e8d3c","expires_at":"2026-03-01 12:00:00"}}"#,
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
    body: || {
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
    link: |body| {
        let answer: KwikAnswer = serde_json::from_slice(body).unwrap();
        assert!(answer.status && answer.result.customer_id == "cus_abc123");
        answer.result.link_url
    },
};

pub(crate) const ONLINEAPP: Exchange = Exchange {
    folder: "/",
    path: "/api/v1/paywall/547/get-customer-portal",
    answer: r#"{"url":"https://billing.stripe.com/p/session/test_YWNjdF8xTTJKVGtMa2RJd0h1N2l4LF9PaE"}"#,
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
    body: || {
        serde_json::to_vec(&OnlineAppRequest {
            email: "user@example.com",
            user_meta: OnlineAppMeta {
                utm_source: "facebook",
            },
            return_url: "https://my.site/account",
        })
        .unwrap()
    },
    link: |body| {
        let answer: OnlineAppAnswer = serde_json::from_slice(body).unwrap();
        answer.url
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
struct KwikAnswer {
    status: bool,
    result: KwikResult,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "a client by hand reads what is documented")]
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
struct OnlineAppAnswer {
    url: String,
}
