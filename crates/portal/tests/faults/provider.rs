//! Both providers, as their documentation has them answer, and clients of them.

use std::sync::Arc;
use std::time::Duration;

use kwik::Kwik;
use onlineapp::OnlineApp;
use portal::config::Options;
use portal::{Client, Customer, LinkRequest};
use portal_testkit::TestClock;
use serde_json::json;

pub(crate) const LINK: &str = "https://pay.example.com/portal/canary-link";

/// What no error may show, whatever went wrong.
pub(crate) const SECRETS: [&str; 5] = [
    "canary-key",
    "canary-secret",
    "canary@example.com",
    "canary-meta",
    "canary-link",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    Kwik,
    OnlineApp,
}

impl Provider {
    pub(crate) const ALL: [Self; 2] = [Self::Kwik, Self::OnlineApp];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Kwik => "kwik",
            Self::OnlineApp => "onlineapp",
        }
    }

    /// Says whether a call may be made again although the provider may have acted on it.
    pub(crate) fn is_idempotent(self) -> bool {
        match self {
            Self::Kwik => false,
            Self::OnlineApp => true,
        }
    }

    /// The time that one attempt has, of 30 seconds for the call.
    pub(crate) fn attempt(self) -> Duration {
        match self.is_idempotent() {
            true => Duration::from_secs(10),
            false => Duration::from_secs(30),
        }
    }

    /// A real client, whose dice always say zero: a pause of its own choice takes no time.
    pub(crate) fn client(self, options: Options, clock: &TestClock) -> Client {
        let clock = Arc::new(clock.clone());
        let key = "canary-key".into();
        match self {
            Self::Kwik => {
                let credential = Kwik::credential(key, "canary-secret".into()).unwrap();
                Client::with_clock(Kwik, credential, options, clock, || 0.0)
            }
            Self::OnlineApp => {
                let onlineapp = OnlineApp::new("547").unwrap();
                let credential = OnlineApp::credential(key).unwrap();
                Client::with_clock(onlineapp, credential, options, clock, || 0.0)
            }
        }
        .unwrap()
    }

    pub(crate) fn request(self) -> LinkRequest {
        let customer = Customer::from_id("cus_1").with_email("canary@example.com");
        match self {
            Self::Kwik => LinkRequest::new(customer),
            Self::OnlineApp => LinkRequest::new(customer).meta("key", "canary-meta"),
        }
    }

    /// The body that the provider documents for a link.
    pub(crate) fn link(self) -> String {
        match self {
            Self::Kwik => json!({ "status": true, "result": { "link_url": LINK } }),
            Self::OnlineApp => json!({ "url": LINK }),
        }
        .to_string()
    }

    /// The body that the provider documents for an error of this status, or its general form, and
    /// the code that stands in it.
    pub(crate) fn fault(self, status: u16) -> (String, Option<&'static str>) {
        let kwik =
            |code, text| json!({ "status": false, "error_code": code, "error_message": text });
        let (body, code) = match (self, status) {
            (Self::Kwik, 400) => (kwik("002", "Invalid body layout"), Some("002")),
            (Self::Kwik, 401) => (kwik("001", "Invalid API key"), Some("001")),
            (Self::Kwik, 404) => (kwik("007", "Record not found"), Some("007")),
            (Self::Kwik, 422) => (kwik("005", "Validation failed"), Some("005")),
            (Self::Kwik, _) => (json!({ "status": false, "error_message": "Sorry" }), None),
            (Self::OnlineApp, 400) => (json!({ "error": "Email is required" }), None),
            (Self::OnlineApp, 401) => (json!({ "error": "Invalid API key" }), None),
            (Self::OnlineApp, 403) => (json!({ "error": "API key is inactive" }), None),
            (Self::OnlineApp, 404) => (json!({ "error": "Paywall not found" }), None),
            (Self::OnlineApp, 409) => (json!({ "hasActivePurchase": true }), None),
            (Self::OnlineApp, _) => (
                json!({ "error": "general_error", "message": "Sorry" }),
                Some("general_error"),
            ),
        };
        (body.to_string(), code)
    }
}
