use portal_core::{
    CancelType, CustomerId, JsonObject, LinkFields, PageTitle, ProductId, ReturnUrl,
    SubscriptionId, Text, read_object,
};
use serde::Serialize;
use serde_json::Value;

/// The body of `POST /customer-portal/link`; absent options are left out, never `null`.
#[derive(Serialize)]
pub(crate) struct LinkBody<'a> {
    customer_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<&'a str>,
    /// "Omit to use your account defaults."
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Settings<'a>>,
}

#[derive(Default, PartialEq, Serialize)]
struct Settings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    show_invoices: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    show_billing_info: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_update_billing_info: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_cancel: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_switch_plan: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    products_ids: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_title: Option<&'a str>,
}

impl<'a> LinkBody<'a> {
    pub(crate) fn new(customer_id: &'a CustomerId, fields: &'a LinkFields) -> Self {
        let settings = Settings {
            show_invoices: fields.show_invoices,
            show_billing_info: fields.show_billing_info,
            allow_update_billing_info: fields.allow_update_billing_info,
            allow_cancel: fields.allow_cancel,
            cancel_type: fields.cancel_type.map(|when| match when {
                CancelType::Now => "NOW",
                CancelType::AfterBillingPeriod => "AFTER_BILLING_PERIOD",
            }),
            allow_switch_plan: fields.allow_switch_plan,
            products_ids: fields.products.iter().map(ProductId::as_str).collect(),
            redirect_url: fields.return_url.as_ref().map(ReturnUrl::as_str),
            page_title: fields.page_title.as_ref().map(PageTitle::as_str),
        };
        Self {
            customer_id: customer_id.as_str(),
            subscription_id: fields.subscription.as_ref().map(SubscriptionId::as_str),
            settings: (settings != Settings::default()).then_some(settings),
        }
    }
}

/// Every answer's envelope, of success and of failure.
pub(crate) struct Envelope<R> {
    /// A boolean by the documentation; anything else must not hide the error code beside it.
    pub(crate) status: Value,
    /// A string by the documentation; a number is read too.
    pub(crate) error_code: Value,
    pub(crate) error_message: Value,
    /// Seen in place of `error_message`, as a list.
    pub(crate) error_messages: Value,
    pub(crate) error_details: Value,
    /// The link, on success. What stands there in a failure is not documented.
    pub(crate) result: Option<R>,
    pub(crate) rest: JsonObject,
}

read_object!(Envelope<R> {
    status,
    error_code,
    error_message,
    error_messages,
    error_details,
    result,
});

/// The link itself.
pub(crate) struct LinkResult<'de> {
    pub(crate) id: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) customer_id: Option<Text<'de>>,
    /// There "when a subscription_id was supplied"; else absent or `null`.
    pub(crate) subscription_id: Option<String>,
    pub(crate) link_url: Text<'de>,
    pub(crate) expires_at: Option<Text<'de>>,
    pub(crate) rest: JsonObject,
}

read_object!(LinkResult<'de> {
    id,
    session_id,
    customer_id,
    subscription_id,
    link_url,
    expires_at,
});
