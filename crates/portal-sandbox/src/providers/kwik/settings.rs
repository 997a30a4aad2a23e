use serde::{Deserialize, Serialize};

/// The portal settings of a link or of the account, named as in the API. A link's `None` means the account's value.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) show_invoices: Option<bool>,
    pub(crate) show_billing_info: Option<bool>,
    pub(crate) allow_update_billing_info: Option<bool>,
    pub(crate) allow_cancel: Option<bool>,
    pub(crate) cancel_type: Option<CancelType>,
    pub(crate) allow_switch_plan: Option<bool>,
    pub(crate) products_ids: Option<Vec<String>>,
    pub(crate) redirect_url: Option<String>,
    pub(crate) page_title: Option<String>,
}

/// When a cancellation takes effect.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum CancelType {
    Now,
    AfterBillingPeriod,
}

impl Settings {
    /// Fills missing values from the account's defaults.
    pub(crate) fn or(self, account: Self) -> Self {
        Self {
            show_invoices: self.show_invoices.or(account.show_invoices),
            show_billing_info: self.show_billing_info.or(account.show_billing_info),
            allow_update_billing_info: self
                .allow_update_billing_info
                .or(account.allow_update_billing_info),
            allow_cancel: self.allow_cancel.or(account.allow_cancel),
            cancel_type: self.cancel_type.or(account.cancel_type),
            allow_switch_plan: self.allow_switch_plan.or(account.allow_switch_plan),
            products_ids: self.products_ids.or(account.products_ids),
            redirect_url: self.redirect_url.or(account.redirect_url),
            page_title: self.page_title.or(account.page_title),
        }
    }
}
