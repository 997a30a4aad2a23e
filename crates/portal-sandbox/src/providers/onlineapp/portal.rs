use serde::{Deserialize, Serialize};

/// What a link opens: a user's portal on one paywall.
#[derive(Deserialize, Serialize)]
pub(crate) struct OnlineAppPortal {
    pub(crate) user_id: String,
    pub(crate) paywall_id: String,
    pub(crate) return_url: Option<String>,
}
