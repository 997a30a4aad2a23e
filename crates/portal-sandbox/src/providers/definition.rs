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
use crate::state::AppState;
use crate::store::Result;
use crate::{Dialect, Seed};

/// A provider's side of the sandbox: the data and functions that the shared code uses.
pub(crate) struct Definition {
    pub(crate) info: &'static ProviderInfo,
    /// The OpenAPI document of its emulated endpoints.
    pub(crate) openapi: &'static str,
    /// Adds the parts that depend on the seed to the document.
    pub(crate) complete_openapi: fn(&mut Value, &Seed),
    /// Its endpoints and portal pages.
    pub(crate) routes: fn() -> Router<Arc<AppState>>,
    /// Adds its records to the state that the control API shows.
    pub(crate) list_records: fn(&Transaction<'_>, &mut Records) -> Result<()>,
    /// Finds the subscription period that ends first, by the given time.
    pub(crate) next_period_end: fn(&Transaction<'_>, Timestamp) -> Result<Option<PeriodEnd>>,
    /// Returns facts about the emulation, as labels and values for the home page.
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
    pub(crate) customers: Vec<Value>,
    pub(crate) users: Vec<Value>,
    pub(crate) subscriptions: Vec<Value>,
    pub(crate) products: Vec<Value>,
    pub(crate) invoices: Vec<Value>,
}

pub(crate) fn to_values(records: &[impl Serialize]) -> Result<Vec<Value>> {
    let values = records.iter().map(serde_json::to_value);
    Ok(values.collect::<std::result::Result<_, _>>()?)
}

impl ProviderInfo {
    /// Converts records to JSON with the provider's id.
    pub(crate) fn tagged(&self, records: &[impl Serialize]) -> Result<Vec<Value>> {
        let mut values = to_values(records)?;
        for value in &mut values {
            value["provider"] = json!(self.id);
        }
        Ok(values)
    }
}
