use rusqlite::Transaction;

use crate::pages::context::PageContext;
use crate::pages::layout::Layout;
use crate::providers::onlineapp::portal::OnlineAppPortal;
use crate::providers::onlineapp::store::subscriptions::{self, OnlineAppSubscription};
use crate::providers::onlineapp::store::{paywalls, users};
use crate::store::Result;

/// The data of a user's portal.
pub(super) struct PortalContent {
    pub(super) paywall: String,
    pub(super) email: String,
    pub(super) return_url: Option<String>,
    pub(super) subscription: Option<OnlineAppSubscription>,
}

impl PortalContent {
    pub(super) fn load(tx: &Transaction<'_>, portal: &OnlineAppPortal) -> Result<Self> {
        let paywall = paywalls::find(tx, &portal.paywall_id)?;
        Ok(Self {
            paywall: paywall.map(|paywall| paywall.name).unwrap_or_default(),
            email: users::email(tx, &portal.user_id)?,
            return_url: portal.return_url.clone(),
            subscription: subscriptions::find_of_user(tx, &portal.user_id, &portal.paywall_id)?,
        })
    }

    pub(super) fn layout(&self, context: &PageContext) -> Layout {
        let back = self.return_url.as_deref();
        Layout::new(
            "onlineapp",
            &self.paywall,
            &self.email,
            back.map(|url| (url, "Return to the site")),
            context,
        )
    }
}
