use serde_json::json;

use crate::providers::info::ProviderInfo;

/// OnlineApp's fixed facts.
pub(crate) static ONLINEAPP: ProviderInfo = ProviderInfo {
    id: "onlineapp",
    name: "OnlineApp",
    api_path: "/api/v1/",
    base_path: "",
    portal_path: "/p/session",
    calls_per_second: None,
    error_body: |message| json!({ "error": message }),
    no_webhooks: None,
};
