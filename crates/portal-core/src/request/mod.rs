//! Requests for a portal link: options, capabilities of a provider, and plans.

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
mod options;
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
pub(crate) use line::validate_visible;
pub use link_fields::LinkFields;
pub use link_request::LinkRequest;
pub use locale::Locale;
pub use option_value::OptionValue;
pub use plan::{FieldSupport, Plan, ValidatedRequest};
pub use return_origins::ReturnOrigins;
pub use return_url::ReturnUrl;
