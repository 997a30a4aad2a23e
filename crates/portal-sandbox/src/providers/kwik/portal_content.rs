use rusqlite::Transaction;

use super::portal::KwikPortal;
use super::settings::{CancelType, Settings};
use super::store::account;
use super::store::cards::{self, Card};
use super::store::customers::{self, Customer};
use super::store::products::{self, Product};
use super::store::subscriptions::{self, KwikSubscription};
use crate::store::{Result, StoreError};

/// The data of a link's portal, and what the link allows.
pub(crate) struct PortalContent {
    /// The account's own name.
    pub(crate) account: String,
    /// The link's settings, completed by the account's.
    settings: Settings,
    pub(crate) customer: Customer,
    /// `None` if the customer can choose a package.
    pub(crate) subscription: Option<(KwikSubscription, Product)>,
    /// The products to choose or to switch to, smallest amount first; empty if that is not allowed.
    pub(crate) offers: Vec<Product>,
    pub(crate) cards: Vec<Card>,
}

impl PortalContent {
    pub(crate) fn load(tx: &Transaction<'_>, portal: &KwikPortal) -> Result<Self> {
        let account = account::load(tx)?;
        let settings = portal.settings.clone().or(account.settings);
        let customer = customers::find(tx, &portal.customer_id)?.ok_or(missing())?;
        let subscription = match &portal.subscription_id {
            None => None,
            Some(id) => {
                let subscription =
                    subscriptions::find_of_customer(tx, &customer.id, id)?.ok_or(missing())?;
                let product = products::find(tx, &subscription.product_id)?.ok_or(missing())?;
                Some((subscription, product))
            }
        };
        // Without a subscription a product can be chosen; with one, it can be switched if that is allowed.
        let offers = if subscription.is_none() || settings.allow_switch_plan == Some(true) {
            let mut offers = products::list_all(tx)?;
            if let Some(ids) = &settings.products_ids {
                offers.retain(|product| ids.contains(&product.id));
            }
            offers
        } else {
            Vec::new()
        };
        Ok(Self {
            account: account.name,
            cards: cards::list(tx, &customer.id)?,
            settings,
            customer,
            subscription,
            offers,
        })
    }

    /// Returns the page's title: the link's, else the account's name.
    pub(crate) fn title(&self) -> &str {
        self.settings.page_title.as_deref().unwrap_or(&self.account)
    }

    pub(crate) fn redirect_url(&self) -> Option<&str> {
        self.settings.redirect_url.as_deref()
    }

    pub(crate) fn shows_invoices(&self) -> bool {
        self.settings.show_invoices == Some(true)
    }

    pub(crate) fn shows_billing(&self) -> bool {
        self.settings.show_billing_info == Some(true)
    }

    /// Returns whether billing information can be edited, which requires that it is shown.
    pub(crate) fn edits_billing(&self) -> bool {
        self.shows_billing() && self.settings.allow_update_billing_info == Some(true)
    }

    /// Returns when a cancellation takes effect; `None` if none is allowed.
    pub(crate) fn cancels(&self) -> Option<CancelType> {
        // The provider documents no default. This one takes nothing away that was paid for.
        (self.settings.allow_cancel == Some(true)).then(|| {
            self.settings
                .cancel_type
                .unwrap_or(CancelType::AfterBillingPeriod)
        })
    }

    /// Finds a product that is on offer.
    pub(crate) fn offer(&self, id: &str) -> Option<&Product> {
        self.offers.iter().find(|product| product.id == id)
    }
}

/// The error for a missing record. Only a reset removes records, and it removes links too.
fn missing() -> StoreError {
    rusqlite::Error::QueryReturnedNoRows.into()
}
