//! What holds for any request and any answer, not only for the documented ones.

use adapter_kwik::{INFO, Kwik};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use portal_core::timestamp::Timestamp;
use portal_core::{
    Answer, BaseUrl, Call, CancelType, Customer, CustomerId, LinkRequest, PortalLink, Redactor,
    SubscriptionId, is_invisible, is_variation_selector, link_call,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any text that an id may be: one line, not blank, and every character of it is visible or a space.
fn text() -> impl Strategy<Value = String> {
    "[^\\pC\\pZ][^\\pC\\pZ ]{0,10}[ ]?[^\\pC\\pZ]{0,10}[^\\pC\\pZ]".prop_filter("visible", |text| {
        !text.contains(is_invisible) && !text.contains(is_variation_selector)
    })
}

/// What a request may say besides its customer, and the body's words for it.
#[derive(Clone, Debug)]
struct ArbitraryOptions {
    subscription: Option<String>,
    title: Option<String>,
    switches: [Option<bool>; 5],
    when: Option<bool>,
    products: Vec<String>,
    path: Option<String>,
}

prop_compose! {
    fn arbitrary_options()(
        subscription in option::of(text()),
        title in option::of(text()),
        switches in proptest::array::uniform5(option::of(any::<bool>())),
        when in option::of(any::<bool>()),
        products in vec(text(), 0..4),
        path in option::of("[a-z0-9/?=&%]{0,20}"),
    ) -> ArbitraryOptions {
        ArbitraryOptions { subscription, title, switches, when, products, path }
    }
}

/// A switch of the documentation, and what sets it.
type Switch = (&'static str, fn(LinkRequest, bool) -> LinkRequest);

const SWITCHES: [Switch; 5] = [
    ("show_invoices", LinkRequest::show_invoices),
    ("show_billing_info", LinkRequest::show_billing_info),
    (
        "allow_update_billing_info",
        LinkRequest::allow_update_billing_info,
    ),
    ("allow_cancel", LinkRequest::allow_cancel),
    ("allow_switch_plan", LinkRequest::allow_switch_plan),
];

impl ArbitraryOptions {
    fn request(&self, id: &str) -> LinkRequest {
        let mut request = LinkRequest::new(Customer::from_id(id))
            .products(self.products.iter().map(String::as_str));
        if let Some(id) = &self.subscription {
            request = request.subscription(id.as_str());
        }
        if let Some(title) = &self.title {
            request = request.page_title(title.as_str());
        }
        for ((_, set), value) in SWITCHES.iter().zip(self.switches) {
            if let Some(value) = value {
                request = set(request, value);
            }
        }
        if let Some(now) = self.when {
            request = request.cancel_type(if now {
                CancelType::Now
            } else {
                CancelType::AfterBillingPeriod
            });
        }
        if let Some(path) = &self.path {
            request = request.return_url(format!("https://my.site/{path}"));
        }
        request
    }

    /// The body as the vendor's page describes it.
    fn body(&self, id: &str) -> Value {
        let mut settings = Map::new();
        for ((name, _), value) in SWITCHES.iter().zip(self.switches) {
            settings.extend(value.map(|value| ((*name).to_owned(), value.into())));
        }
        let when = self
            .when
            .map(|now| if now { "NOW" } else { "AFTER_BILLING_PERIOD" });
        settings.extend(when.map(|when| ("cancel_type".to_owned(), when.into())));
        if !self.products.is_empty() {
            settings.insert("products_ids".to_owned(), json!(self.products));
        }
        let url = self
            .path
            .as_ref()
            .map(|path| format!("https://my.site/{path}"));
        settings.extend(url.map(|url| ("redirect_url".to_owned(), url.into())));
        settings.extend(
            self.title
                .clone()
                .map(|title| ("page_title".to_owned(), title.into())),
        );
        let mut body = Map::from_iter([("customer_id".to_owned(), id.into())]);
        body.extend(
            self.subscription
                .clone()
                .map(|id| ("subscription_id".to_owned(), id.into())),
        );
        if !settings.is_empty() {
            body.insert("settings".to_owned(), settings.into());
        }
        body.into()
    }
}

fn call(request: &LinkRequest) -> Call<PortalLink> {
    link_call(&Kwik, request).expect("a request that Kwik can honour")
}

fn decode(call: &Call<PortalLink>, body: &Value) -> portal_core::Result<PortalLink> {
    let base: BaseUrl = INFO.default_base_url.parse().expect("a base URL");
    let headers =
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    call.decode(&Answer::new(
        StatusCode::OK,
        &headers,
        body.to_string().as_bytes(),
        &base,
        &Redactor::new(&[]),
    ))
}

proptest! {
    #[test]
    fn every_option_stands_at_its_documented_place_and_nothing_else_does(id in text(), options in arbitrary_options()) {
        let request = options.request(&id);
        let sent = call(&request);
        let body: Value = serde_json::from_slice(sent.request().body()).expect("JSON");
        prop_assert_eq!(body, options.body(&id));
        let again = call(&request);
        prop_assert_eq!(sent.request().body(), again.request().body());
        prop_assert_eq!(sent.request().uri(), "/customer-portal/link");
    }

    #[test]
    fn a_link_is_read_as_it_was_written(
        id in text(),
        subscription in option::of(text()),
        token in "[A-Za-z0-9_.~-]{1,60}",
        names in proptest::array::uniform2(option::of(text())),
        seconds in option::of(0..4_000_000_000_i64),
    ) {
        let mut request = LinkRequest::new(Customer::from_id(id.as_str()));
        if let Some(id) = &subscription {
            request = request.subscription(id.as_str());
        }
        let [link_id, session_id] = names;
        let expires_at = seconds.map(|seconds| Timestamp::from_second(seconds).expect("a time"));
        let url = format!("https://pay.kwik.co.za/portal/{token}");
        let link = decode(&call(&request), &json!({"status": true, "result": {
            "id": link_id, "session_id": session_id, "customer_id": id, "subscription_id": subscription,
            "link_url": url, "expires_at": expires_at.map(|time| time.to_string()),
        }})).expect("a link");
        prop_assert_eq!(link.url().expose(), url);
        prop_assert_eq!((link.id, link.session_id, link.expires_at), (link_id, session_id, expires_at));
        prop_assert_eq!(link.customer.id().map(CustomerId::as_str), Some(id.as_str()));
        prop_assert_eq!(link.subscription.as_ref().map(SubscriptionId::as_str), subscription.as_deref());
    }

    #[test]
    fn a_link_for_another_customer_is_never_returned(id in text(), other in text()) {
        prop_assume!(id != other);
        let request = LinkRequest::new(Customer::from_id(id.as_str()));
        let body = json!({"status": true, "result": {
            "customer_id": other, "link_url": "https://pay.kwik.co.za/portal/x",
        }});
        prop_assert!(decode(&call(&request), &body).is_err());
    }
}
