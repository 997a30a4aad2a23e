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
    /// The link's settings, with the account's where the link has none.
    settings: Settings,
    pub(crate) customer: Customer,
    /// `None`: the customer has a package to choose.
    pub(crate) subscription: Option<(KwikSubscription, Product)>,
    /// What to choose or to switch to, smallest amount first; empty where that is not allowed.
    pub(crate) offers: Vec<Product>,
    pub(crate) cards: Vec<Card>,
}

impl PortalContent {
    pub(crate) fn of(tx: &Transaction<'_>, portal: &KwikPortal) -> Result<Self> {
        let account = account::load(tx)?;
        let settings = portal.settings.clone().or(account.settings);
        let customer = customers::find(tx, &portal.customer_id)?.ok_or(missing())?;
        let subscription = match &portal.subscription_id {
            None => None,
            Some(id) => {
                let subscription =
                    subscriptions::of_customer(tx, &customer.id, id)?.ok_or(missing())?;
                let product = products::find(tx, &subscription.product_id)?.ok_or(missing())?;
                Some((subscription, product))
            }
        };
        // Without a subscription the products are what the page is for; with one they are what to switch to.
        let offers = if subscription.is_none() || settings.allow_switch_plan == Some(true) {
            let mut offers = products::all(tx)?;
            if let Some(ids) = &settings.products_ids {
                offers.retain(|product| ids.contains(&product.id));
            }
            offers
        } else {
            Vec::new()
        };
        Ok(Self {
            account: account.name,
            cards: cards::of_customer(tx, &customer.id)?,
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

    /// What is not shown cannot be edited either.
    pub(crate) fn edits_billing(&self) -> bool {
        self.shows_billing() && self.settings.allow_update_billing_info == Some(true)
    }

    /// Returns when a cancellation takes effect, where one is allowed.
    pub(crate) fn cancels(&self) -> Option<CancelType> {
        // The provider documents no default for the type: the one that takes nothing away that was paid for.
        (self.settings.allow_cancel == Some(true)).then(|| {
            self.settings
                .cancel_type
                .unwrap_or(CancelType::AfterBillingPeriod)
        })
    }

    /// Finds a product among those on offer.
    pub(crate) fn offer(&self, id: &str) -> Option<&Product> {
        self.offers.iter().find(|product| product.id == id)
    }
}

/// A link outlives what it was made for only after a reset, and that takes the links as well.
fn missing() -> StoreError {
    rusqlite::Error::QueryReturnedNoRows.into()
}
