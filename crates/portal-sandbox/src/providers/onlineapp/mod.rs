//! OnlineApp: `POST /api/v1/paywall/{paywallId}/get-customer-portal`, its portal pages, its events and its demo data.

mod actions;
mod demo_links;
pub(crate) mod dialect;
pub(crate) mod event;
pub(crate) mod info;
mod link;
mod pages;
mod portal;
mod renewal;
mod request;
mod response;
pub(crate) mod seed;
pub(crate) mod store;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::post;

use self::info::ONLINEAPP;
use self::store::{invoices, subscriptions, users};
use super::definition::{Definition, to_values};
use crate::pages::portal_router;

/// The path of the endpoint, as in its OpenAPI document.
const PATH: &str = "/api/v1/paywall/{paywallId}/get-customer-portal";

/// OnlineApp's side of the sandbox.
pub(crate) static DEFINITION: Definition = Definition {
    info: &ONLINEAPP,
    openapi: include_str!("../../../openapi/onlineapp.json"),
    complete_openapi: |document, seed| {
        // In the dialect classic another id is as wrong as one of another form.
        let parameters = &mut document["paths"][PATH]["post"]["parameters"];
        parameters[0]["schema"]["enum"] = seed.onlineapp().paywall_ids().collect();
    },
    routes: || {
        Router::new()
            .route(PATH, post(link::create_link))
            .merge(portal_router(&pages::PORTAL_PAGES))
    },
    list_records: |tx, records| {
        let subscriptions = subscriptions::list_all(tx)?;
        let invoices = invoices::list_all(tx)?;
        records.users.extend(to_values(&users::list_all(tx)?)?);
        records
            .subscriptions
            .extend(ONLINEAPP.tagged(&subscriptions)?);
        records.invoices.extend(ONLINEAPP.tagged(&invoices)?);
        Ok(())
    },
    next_period_end: renewal::next_period_end,
    facts: |dialect| vec![("Dialect", dialect.description().to_owned())],
    demo_links: demo_links::list,
    create_demo_link: |state, mut fields| {
        Box::pin(async move {
            let email = fields.remove("email").unwrap_or_default();
            let paywall = state.seed.onlineapp().first_paywall().to_owned();
            let link = link::create_demo_link(&state, paywall, email).await;
            link.map(|link| link.expose().to_owned())
                .map_err(IntoResponse::into_response)
        })
    },
};
