use portal_core::{JsonObject, Text, read_object};
use serde::Serialize;

/// The body of `get-customer-portal`; absent options are left out, never `null`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkBody<'a> {
    pub(crate) email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_meta: Option<&'a JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) return_url: Option<&'a str>,
}

/// The answer to it; the documentation shows no field but `url`.
pub(crate) struct LinkAnswer<'de> {
    pub(crate) url: Text<'de>,
    pub(crate) rest: JsonObject,
}

read_object!(LinkAnswer<'de> { url });
