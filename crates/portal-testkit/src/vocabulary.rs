//! The one value that trials give each field of a request, fit to be recognised anywhere.

use portal_core::{CancelType, Field, LinkRequest};

pub(crate) const EMAIL: &str = "mail.canary+tag@example.com";
pub(crate) const METADATA: &str = "metadata-canary-5f2e";
pub(crate) const RETURN_PATH: &str = "/return-canary-81c7";
pub(crate) const TITLE: &str = "title-canary-3b9d";
const PRODUCTS: [&str; 2] = ["pro_trial_2", "pro_trial_1"];

/// Gives a field its value; the customer's are given when the request is made.
pub(crate) fn with(request: LinkRequest, field: Field, subscription: &str) -> LinkRequest {
    match field {
        Field::CustomerId | Field::Email => request,
        Field::SubscriptionId => request.subscription(subscription),
        Field::Metadata => request.meta("reference", METADATA),
        Field::ReturnUrl => request
            .return_url(&format!("https://shop.example{RETURN_PATH}?a=b"))
            .expect("an absolute URL"),
        Field::PageTitle => request.page_title(TITLE),
        Field::ShowInvoices => request.show_invoices(true),
        Field::ShowBillingInfo => request.show_billing_info(true),
        Field::AllowUpdateBillingInfo => request.allow_update_billing_info(true),
        Field::AllowCancel => request.allow_cancel(true),
        Field::CancelType => request.cancel_type(CancelType::AfterBillingPeriod),
        Field::AllowSwitchPlan => request.allow_switch_plan(true),
        Field::Products => request.products(PRODUCTS),
    }
}

/// Gives a field another value than [`with`]; a field of text has one, and none.
pub(crate) fn otherwise(request: LinkRequest, field: Field) -> Option<LinkRequest> {
    match field {
        Field::CustomerId
        | Field::Email
        | Field::SubscriptionId
        | Field::Metadata
        | Field::ReturnUrl
        | Field::PageTitle => None,
        Field::ShowInvoices => Some(request.show_invoices(false)),
        Field::ShowBillingInfo => Some(request.show_billing_info(false)),
        Field::AllowUpdateBillingInfo => Some(request.allow_update_billing_info(false)),
        Field::AllowCancel => Some(request.allow_cancel(false)),
        Field::CancelType => Some(request.cancel_type(CancelType::Now)),
        Field::AllowSwitchPlan => Some(request.allow_switch_plan(false)),
        Field::Products => Some(request.products(["pro_trial_3"])),
    }
}

/// The texts that must be found in a request that says `field`.
pub(crate) fn texts(
    field: Field,
    customer: &'static str,
    subscription: &'static str,
) -> Vec<&'static str> {
    match field {
        Field::CustomerId => vec![customer],
        Field::Email => vec![EMAIL],
        Field::SubscriptionId => vec![subscription],
        Field::Metadata => vec!["reference", METADATA],
        Field::ReturnUrl => vec![RETURN_PATH],
        Field::PageTitle => vec![TITLE],
        Field::Products => PRODUCTS.to_vec(),
        Field::ShowInvoices
        | Field::ShowBillingInfo
        | Field::AllowUpdateBillingInfo
        | Field::AllowCancel
        | Field::CancelType
        | Field::AllowSwitchPlan => Vec::new(),
    }
}
