use rusqlite::Transaction;

use super::info::KWIK;
use super::store::subscriptions::{self, KwikStatus};
use super::store::{customers, products};
use crate::providers::definition::{DemoCustomer, DemoLinks};
use crate::store::Result;

/// Lists all customers with their subscriptions.
pub(super) fn list(tx: &Transaction<'_>) -> Result<DemoLinks> {
    let products = products::list_all(tx)?;
    let subscriptions = subscriptions::list_all(tx)?;
    let choices = |customer: &str| {
        let own = subscriptions
            .iter()
            .filter(|one| one.customer_id == customer);
        own.map(|one| {
            let product = products.iter().find(|product| product.id == one.product_id);
            let name = product.map_or(one.product_id.as_str(), |product| &product.name);
            let state = match one.status {
                KwikStatus::Active => "active",
                KwikStatus::Inactive => "inactive",
            };
            (one.id.clone(), format!("{name}, {state} ({})", one.id))
        })
        .collect()
    };
    let customers = customers::list_all(tx)?.into_iter();
    let customers = customers.map(|customer| DemoCustomer {
        subscriptions: choices(&customer.id),
        field: ("customer", customer.id.clone()),
        id: Some(customer.id),
        name: customer.billing.name,
        description: "No subscription: the page offers packages.".to_owned(),
    });
    Ok(DemoLinks {
        provider: &KWIK,
        heading: "Kwik's customers",
        customers: customers.collect(),
        accepts_any_email: false,
        unlisted: 0,
    })
}
