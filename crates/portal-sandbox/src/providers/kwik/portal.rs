use serde::{Deserialize, Serialize};

use super::settings::Settings;

/// What a link opens: a customer's portal, with the settings that the link was created with.
#[derive(Deserialize, Serialize)]
pub(crate) struct KwikPortal {
    pub(crate) session_id: String,
    pub(crate) customer_id: String,
    pub(crate) subscription_id: Option<String>,
    pub(crate) settings: Settings,
}
