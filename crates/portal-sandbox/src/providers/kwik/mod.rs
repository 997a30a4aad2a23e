//! Kwik: `POST /2.0/customer-portal/link`, its portal pages and its demo data.

mod actions;
mod billing;
mod demo_links;
pub(crate) mod info;
mod link;
mod pages;
mod portal;
mod portal_content;
mod renewal;
mod request;
mod response;
pub(crate) mod seed;
mod settings;
pub(crate) mod store;
mod vat;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::post;

use self::info::KWIK;
use self::store::{customers, invoices, products, subscriptions};
use super::definition::{Definition, to_values};
use crate::pages::portal_router;

/// Kwik's side of the sandbox.
pub(crate) static DEFINITION: Definition = Definition {
    info: &KWIK,
    openapi: include_str!("../../../openapi/kwik.json"),
    complete_openapi: |_, _| {},
    routes: || {
        Router::new()
            .route("/2.0/customer-portal/link", post(link::create_link))
            .merge(portal_router(&pages::PORTAL_PAGES))
    },
    list_records: |tx, records| {
        let subscriptions = subscriptions::list_all(tx)?;
        let invoices = invoices::list_all(tx)?;
        records
            .customers
            .extend(to_values(&customers::list_all(tx)?)?);
        records.subscriptions.extend(KWIK.tagged(&subscriptions)?);
        records
            .products
            .extend(to_values(&products::list_all(tx)?)?);
        records.invoices.extend(KWIK.tagged(&invoices)?);
        Ok(())
    },
    next_period_end: renewal::next_period_end,
    facts: |_| Vec::new(),
    demo_links: demo_links::list,
    create_demo_link: |state, mut fields| {
        Box::pin(async move {
            let customer = fields.remove("customer").unwrap_or_default();
            let subscription = fields.remove("subscription").filter(|id| !id.is_empty());
            let link = link::create_demo_link(&state, customer, subscription).await;
            link.map(|link| link.expose().to_owned())
                .map_err(IntoResponse::into_response)
        })
    },
};
