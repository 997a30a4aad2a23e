use std::fmt;

/// One thing that a [`LinkRequest`](crate::LinkRequest) can say, in neutral words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The provider's id of the customer.
    CustomerId,
    /// The customer's e-mail address.
    Email,
    /// The subscription that the link is about.
    SubscriptionId,
    /// Data of the application's own that comes back in webhooks.
    Metadata,
    /// Where the portal's "back" leads.
    ReturnUrl,
    /// The title that the portal page shows.
    PageTitle,
    /// Whether the customer may see invoices.
    ShowInvoices,
    /// Whether the customer sees the billing information.
    ShowBillingInfo,
    /// Whether the customer may change the billing information.
    AllowUpdateBillingInfo,
    /// Whether the customer may cancel.
    AllowCancel,
    /// When a cancellation takes effect.
    CancelType,
    /// Whether the customer may switch to another plan.
    AllowSwitchPlan,
    /// The products that the customer may choose from.
    Products,
}

impl Field {
    /// Every field, in the order in which errors and tables name them.
    pub const ALL: [Self; 13] = [
        Self::CustomerId,
        Self::Email,
        Self::SubscriptionId,
        Self::Metadata,
        Self::ReturnUrl,
        Self::PageTitle,
        Self::ShowInvoices,
        Self::ShowBillingInfo,
        Self::AllowUpdateBillingInfo,
        Self::AllowCancel,
        Self::CancelType,
        Self::AllowSwitchPlan,
        Self::Products,
    ];

    /// Returns the name that errors, JSON and Python use, such as `customer_id`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomerId => "customer_id",
            Self::Email => "email",
            Self::SubscriptionId => "subscription_id",
            Self::Metadata => "metadata",
            Self::ReturnUrl => "return_url",
            Self::PageTitle => "page_title",
            Self::ShowInvoices => "show_invoices",
            Self::ShowBillingInfo => "show_billing_info",
            Self::AllowUpdateBillingInfo => "allow_update_billing_info",
            Self::AllowCancel => "allow_cancel",
            Self::CancelType => "cancel_type",
            Self::AllowSwitchPlan => "allow_switch_plan",
            Self::Products => "products",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
