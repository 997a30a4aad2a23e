//! Kwik: `POST /2.0/customer-portal/link`.

pub(crate) mod actions;
mod answer;
pub(crate) mod billing;
mod request;
mod settings;
pub(crate) mod vat;
mod visit;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::Timestamp;
use rusqlite::Transaction;

use self::answer::{Minted, Refusal};
use self::request::LinkRequest;
pub(crate) use self::settings::{CancelType, Settings};
pub(crate) use self::visit::Visit;
use crate::store::links::{self, KwikPortal, Portal};
use crate::store::{accounts, customers, products, subscriptions};
use crate::token;
use crate::world::World;

/// Answers a call: the key first, then the body's layout and fields, then whether all that it names exists.
///
/// The documentation gives no order; this is the one in which each step needs the one before.
pub(crate) async fn create_link(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Minted, Refusal> {
    let credential = request::credential(&headers)?;
    let request = LinkRequest::read(&headers, &body);
    let (now, url) = (world.now(), world.url.clone());
    world
        .store
        .run(move |tx| {
            if !accounts::knows_kwik_credential(tx, &credential)? {
                return Err(Refusal::UnknownKey);
            }
            mint(tx, request?, &url, now)
        })
        .await
}

/// Makes a link for the home page, with the account's settings.
pub(crate) async fn link_for(
    world: &World,
    customer_id: String,
    subscription_id: Option<String>,
) -> Result<Minted, Refusal> {
    let request = LinkRequest::plain(customer_id, subscription_id);
    let (now, url) = (world.now(), world.url.clone());
    world
        .store
        .run(move |tx| mint(tx, request, &url, now))
        .await
}

fn mint(
    tx: &Transaction<'_>,
    request: LinkRequest,
    url: &str,
    now: Timestamp,
) -> Result<Minted, Refusal> {
    if customers::find(tx, &request.customer_id)?.is_none() {
        return Err(request.names_unknown("customer_id"));
    }
    if let Some(id) = &request.subscription_id
        && subscriptions::of_customer(tx, &request.customer_id, id)?.is_none()
    {
        return Err(request.names_unknown("subscription_id"));
    }
    for (index, id) in request.settings.products_ids.iter().flatten().enumerate() {
        if products::find(tx, id)?.is_none() {
            return Err(request.names_unknown(&format!("settings.products_ids.{index}")));
        }
    }
    let LinkRequest {
        customer_id,
        subscription_id,
        settings,
        ..
    } = request;
    let (id, session_id) = (token::id("cpl"), token::id("ses"));
    let portal = Portal::Kwik(KwikPortal {
        session_id: session_id.clone(),
        customer_id: customer_id.clone(),
        subscription_id: subscription_id.clone(),
        settings,
    });
    let (token, expires_at) = links::mint(tx, &id, &portal, now)?;
    let link_url = format!("{url}/portal/{}", token.expose());
    Ok(Minted {
        id,
        session_id,
        customer_id,
        subscription_id,
        link_url,
        expires_at,
    })
}
