use serde_json::json;

use crate::providers::info::ProviderInfo;

/// Kwik's fixed facts.
pub(crate) static KWIK: ProviderInfo = ProviderInfo {
    id: "kwik",
    name: "Kwik",
    api_path: "/2.0/",
    base_path: "/2.0/",
    portal_path: "/portal",
    calls_per_second: Some(100),
    error_body: |message| json!({ "status": false, "error_message": message }),
    no_webhooks: Some(
        "Kwik documents no signature for its webhooks, so the sandbox sends none of them",
    ),
};
