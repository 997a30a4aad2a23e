//! OnlineApp: `POST /api/v1/paywall/{paywallId}/get-customer-portal`.

pub(crate) mod actions;
mod answer;
mod request;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State, rejection::PathRejection};
use axum::http::HeaderMap;
use jiff::Timestamp;
use rusqlite::Transaction;

use self::answer::{Portal, Refusal};
use self::request::LinkRequest;
use crate::Dialect;
use crate::store::links::{self, OnlineAppPortal};
use crate::store::subscriptions::{self, OnlineAppStatus};
use crate::store::{accounts, users};
use crate::token::{self, Token};
use crate::world::World;

/// Answers in the documented order: parameters, key, the user's state, then find or create, link, and portal.
pub(crate) async fn create_link(
    State(world): State<Arc<World>>,
    paywall: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Portal, Refusal> {
    let request = LinkRequest::read(paywall.ok().map(|Path(id)| id), &headers, &body)?;
    let key = request::key(&headers)?;
    let (now, dialect) = (world.now(), world.dialect);
    let token = world
        .store
        .run(move |tx| {
            if !accounts::knows_onlineapp_key(tx, &key)? {
                return Err(Refusal::InvalidKey);
            }
            mint(tx, request, dialect, now)
        })
        .await?;
    Ok(Portal::at(&world.url, &token))
}

/// Makes a link for the home page, as the dialect would answer a call with this address alone.
pub(crate) async fn link_for(
    world: &World,
    paywall_id: String,
    email: String,
) -> Result<Portal, Refusal> {
    let request = LinkRequest::plain(paywall_id, email)?;
    let (now, dialect) = (world.now(), world.dialect);
    let token = world
        .store
        .run(move |tx| mint(tx, request, dialect, now))
        .await?;
    Ok(Portal::at(&world.url, &token))
}

fn mint(
    tx: &Transaction<'_>,
    request: LinkRequest,
    dialect: Dialect,
    now: Timestamp,
) -> Result<Token, Refusal> {
    let LinkRequest {
        paywall_id,
        email,
        user_meta,
        return_url,
    } = request;
    if accounts::paywall(tx, &paywall_id)?.is_none() {
        return Err(Refusal::PaywallNotFound);
    }
    let known = users::find(tx, &email)?;
    match dialect {
        Dialect::Classic => {
            if let Some(user_id) = &known
                && users::has_active_purchase(tx, user_id, &paywall_id)?
            {
                return Err(Refusal::ActivePurchase);
            }
        }
        Dialect::V3 => {
            let subscription = match &known {
                Some(user_id) => subscriptions::of_user(tx, user_id, &paywall_id)?,
                None => None,
            };
            if subscription
                .is_none_or(|subscription| subscription.status != OnlineAppStatus::Active)
            {
                return Err(Refusal::NoSubscription);
            }
        }
    }
    let user_id = users::find_or_create(tx, &email, now)?;
    users::join(tx, &user_id, &paywall_id, user_meta)?;
    let portal = links::Portal::OnlineApp(OnlineAppPortal {
        user_id,
        paywall_id,
        return_url,
    });
    let (token, _) = links::mint(tx, &token::id("ops"), &portal, now)?;
    Ok(token)
}
