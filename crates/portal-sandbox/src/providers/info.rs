use serde::{Serialize, Serializer};
use serde_json::Value;

/// The fixed facts about a provider that the sandbox emulates; serialised, its id.
#[derive(Debug)]
pub(crate) struct ProviderInfo {
    /// The id in the control API, in settings and in links.
    pub(crate) id: &'static str,
    /// The name on pages and in messages.
    pub(crate) name: &'static str,
    /// The path prefix of the provider's API. Every request below it is a call to the provider, even if the path is unknown.
    pub(crate) api_path: &'static str,
    /// The path of the base URL, which clients are configured with.
    pub(crate) base_path: &'static str,
    /// The path of the portal pages, before `/{token}`.
    pub(crate) portal_path: &'static str,
    /// The documented rate limit, in calls per second.
    pub(crate) calls_per_second: Option<u64>,
    /// The JSON of an error that has this message, as for an injected status.
    pub(crate) error_body: fn(&str) -> Value,
    /// The reason why the sandbox sends no webhooks for the provider; `None` if it sends them.
    pub(crate) no_webhooks: Option<&'static str>,
}

impl PartialEq for ProviderInfo {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Serialize for ProviderInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}
