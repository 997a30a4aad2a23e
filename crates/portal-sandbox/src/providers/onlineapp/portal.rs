use serde::{Deserialize, Serialize};

/// The portal that a link opens: the user, on one paywall.
#[derive(Deserialize, Serialize)]
pub(crate) struct OnlineAppPortal {
    pub(crate) user_id: String,
    pub(crate) paywall_id: String,
    pub(crate) return_url: Option<String>,
}
