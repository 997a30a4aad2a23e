use serde::{Deserialize, Serialize};

use super::settings::Settings;

/// The portal that a link opens: the customer, and the settings that the link was created with.
#[derive(Deserialize, Serialize)]
pub(crate) struct KwikPortal {
    pub(crate) session_id: String,
    pub(crate) customer_id: String,
    pub(crate) subscription_id: Option<String>,
    pub(crate) settings: Settings,
}
