use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;
use serde_json::{Value, json};

use super::info::ProviderInfo;
use crate::Dialect;
use crate::state::AppState;
use crate::store::Result;

/// A provider's side of the sandbox: all that the shared code calls.
pub(crate) struct Definition {
    pub(crate) info: &'static ProviderInfo,
    /// The OpenAPI document of its emulated endpoints.
    pub(crate) openapi: &'static str,
    /// Its endpoints and portal pages.
    pub(crate) routes: fn() -> Router<Arc<AppState>>,
    /// Adds its records to the state that the control API shows.
    pub(crate) list_records: fn(&Transaction<'_>, &mut Records) -> Result<()>,
    /// Finds the subscription period that ends first, by the given time.
    pub(crate) next_period_end: fn(&Transaction<'_>, Timestamp) -> Result<Option<PeriodEnd>>,
    /// Returns facts about how it is played, as labels and values for the home page.
    pub(crate) facts: fn(Dialect) -> Vec<(&'static str, String)>,
    /// Lists the customers that the home page offers links for.
    pub(crate) demo_links: fn(&Transaction<'_>) -> Result<DemoLinks>,
    /// Creates a link for the home page's form; returns its URL, or the answer that a client would get.
    pub(crate) create_demo_link: fn(Arc<AppState>, FormFields) -> LinkFuture,
}

/// The fields of the home page's form, by name.
pub(crate) type FormFields = BTreeMap<String, String>;

pub(crate) type LinkFuture =
    Pin<Box<dyn Future<Output = std::result::Result<String, Response>> + Send>>;

/// The home page's forms that create links for one provider.
pub(crate) struct DemoLinks {
    pub(crate) provider: &'static ProviderInfo,
    pub(crate) heading: &'static str,
    pub(crate) customers: Vec<DemoCustomer>,
    /// Whether a form takes any other e-mail address.
    pub(crate) accepts_any_email: bool,
    /// How many customers there are beyond those listed.
    pub(crate) unlisted: usize,
}

/// A customer that the home page offers a link for.
pub(crate) struct DemoCustomer {
    /// The form's hidden field that identifies the customer.
    pub(crate) field: (&'static str, String),
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) description: String,
    /// Ids and descriptions of subscriptions to choose from.
    pub(crate) subscriptions: Vec<(String, String)>,
}

/// The end of a subscription's period.
pub(crate) struct PeriodEnd {
    pub(crate) at: Timestamp,
    /// Renews the subscription, or ends it.
    pub(crate) apply: PeriodEndAction,
}

pub(crate) type PeriodEndAction = Box<dyn FnOnce(&Transaction<'_>) -> Result<()>>;

/// All providers' records, as the control API shows them.
#[derive(Default, Serialize)]
pub(crate) struct Records {
    customers: Vec<Value>,
    users: Vec<Value>,
    subscriptions: Vec<Value>,
    products: Vec<Value>,
    invoices: Vec<Value>,
}

impl Records {
    pub(crate) fn add_customers(&mut self, customers: &[impl Serialize]) -> Result<()> {
        extend(&mut self.customers, customers, None)
    }

    pub(crate) fn add_users(&mut self, users: &[impl Serialize]) -> Result<()> {
        extend(&mut self.users, users, None)
    }

    pub(crate) fn add_products(&mut self, products: &[impl Serialize]) -> Result<()> {
        extend(&mut self.products, products, None)
    }

    /// Adds subscriptions, each with its provider's id.
    pub(crate) fn add_subscriptions(
        &mut self,
        provider: &'static ProviderInfo,
        subscriptions: &[impl Serialize],
    ) -> Result<()> {
        extend(&mut self.subscriptions, subscriptions, Some(provider))
    }

    /// Adds invoices, each with its provider's id.
    pub(crate) fn add_invoices(
        &mut self,
        provider: &'static ProviderInfo,
        invoices: &[impl Serialize],
    ) -> Result<()> {
        extend(&mut self.invoices, invoices, Some(provider))
    }
}

fn extend(
    list: &mut Vec<Value>,
    records: &[impl Serialize],
    provider: Option<&'static ProviderInfo>,
) -> Result<()> {
    for record in records {
        let mut value = serde_json::to_value(record)?;
        if let Some(provider) = provider {
            value["provider"] = json!(provider);
        }
        list.push(value);
    }
    Ok(())
}
