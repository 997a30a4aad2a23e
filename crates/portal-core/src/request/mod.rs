//! Requests for a portal link: the table of options and their types, capabilities, and plans.

mod cancel_type;
mod capabilities;
mod customer;
mod email;
mod field;
mod id;
mod json;
mod line;
mod link_fields;
mod link_request;
mod locale;
mod option_value;
mod plan;
mod problem;
mod return_origins;
mod return_url;

pub use cancel_type::CancelType;
pub use capabilities::{Capabilities, LinkPolicy, Support};
pub use customer::Customer;
pub use email::EmailAddress;
pub use field::{Field, FieldGroup, FieldInfo, ValueKind};
pub use id::{CustomerId, ExternalId, PageTitle, ProductId, SubscriptionId};
pub use json::{JsonError, parse_json, parse_json_entries};
pub(crate) use line::validate_id_or_key;
pub use link_fields::LinkFields;
pub use link_request::LinkRequest;
pub use locale::Locale;
pub use option_value::OptionValue;
pub use plan::{FieldSupport, Plan, ValidatedRequest};
pub use return_origins::ReturnOrigins;
pub use return_url::ReturnUrl;

/// The table of request options: pass the name of a macro, and it is expanded with the table.
///
/// A row is `Variant field: Kind Type, "meaning" { exceptions };`. `Variant` names the
/// [`Field`](crate::Field), `field` the member of [`LinkFields`](crate::LinkFields) and the setter
/// of [`LinkRequest`](crate::LinkRequest). `Kind` is a [`ValueKind`](crate::ValueKind), and `Type`
/// what its text is parsed into. JSON key, bulk column and Python argument are the `name`, which
/// is `field` unless the exceptions say otherwise; the flag is the name with dashes. The exceptions
/// are members of [`FieldInfo`](crate::FieldInfo).
///
/// The group is a [`FieldGroup`](crate::FieldGroup). Rows of `Customer` also name the accessor and
/// the setter of [`Customer`](crate::Customer).
#[doc(hidden)]
#[macro_export]
macro_rules! request_options {
    ($expand:ident) => {
        $expand! {
            Customer {
                CustomerId customer_id [id with_id]: Text CustomerId,
                    "The provider's id of the customer"
                    { flag: "customer", value_name: "ID", example: "cus_abc123" };
                Email email [email with_email]: Text EmailAddress,
                    "The customer's e-mail address"
                    { value_name: "ADDRESS", example: "user@example.com", is_personal: true };
                ExternalId external_id [external_id with_external_id]: Text ExternalId,
                    "Your application's own id of the customer"
                    { value_name: "ID", example: "user_42" };
            }
            Link {
                SubscriptionId subscription: Text SubscriptionId,
                    "The subscription that the link is about"
                    { name: "subscription_id", flag: "subscription", value_name: "ID", example: "sub_abc123" };
                Metadata metadata: Object,
                    "Data of your own that comes back in webhooks"
                    { flag: "meta", file_flag: Some("meta-json"), example: r#"{"plan": "pro"}"#, is_personal: true };
                ReturnUrl return_url: Text ReturnUrl,
                    "Where the portal's \"back\" leads"
                    { value_name: "URL", example: "https://my.site/account", heading: PAGE_HEADING, is_personal: true };
            }
            Page {
                Locale locale: Text Locale,
                    "The language of the portal page, as a BCP 47 tag"
                    { value_name: "TAG", example: "en-ZA" };
                PageTitle page_title: Text PageTitle,
                    "The title that the portal page shows"
                    { example: "My account", is_personal: true };
                ShowInvoices show_invoices: Flag,
                    "Whether the customer may see invoices" {};
                ShowBillingInfo show_billing_info: Flag,
                    "Whether the customer sees the billing information" {};
                AllowUpdateBillingInfo allow_update_billing_info: Flag,
                    "Whether the customer may change the billing information" {};
                AllowCancel allow_cancel: Flag,
                    "Whether the customer may cancel" {};
                CancelType cancel_type: Choice CancelType,
                    "When a cancellation takes effect: `now` or `after-billing-period`"
                    { value_name: "WHEN", example: "now" };
                AllowSwitchPlan allow_switch_plan: Flag,
                    "Whether the customer may switch to another plan" {};
                Products products: List ProductId,
                    "The products that the customer may choose from"
                    { flag: "product", help: "A product that the customer may choose", value_name: "ID", example: "pro_abc123" };
            }
        }
    };
}
