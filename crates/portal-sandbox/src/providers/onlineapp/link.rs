use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State, rejection::PathRejection};
use axum::http::HeaderMap;
use jiff::Timestamp;
use rusqlite::Transaction;

use super::dialect::Dialect;
use super::info::ONLINEAPP;
use super::portal::OnlineAppPortal;
use super::request::{self, INVALID_PAYWALL, LinkRequest};
use super::response::{ApiError, CreatedLink};
use super::store::subscriptions::{self, OnlineAppStatus};
use super::store::{paywalls, users};
use crate::state::AppState;
use crate::store::links;
use crate::token::{self, Token};

/// Answers in the documented order: parameters, key, the user's state, then find or create, link, and portal.
pub(super) async fn create_link(
    State(state): State<Arc<AppState>>,
    paywall: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<CreatedLink, ApiError> {
    let request = LinkRequest::read(paywall.ok().map(|Path(id)| id), &headers, &body)?;
    let key = request::key(&headers)?;
    let (now, dialect) = (state.now(), state.dialect);
    let token = state
        .store
        .run(move |tx| {
            if !paywalls::has_key(tx, &key)? {
                return Err(ApiError::InvalidKey);
            }
            create(tx, request, dialect, now)
        })
        .await?;
    state.journal.add_secret(token.expose());
    Ok(CreatedLink::new(&state.url, &token))
}

/// Creates a link for the home page, by the dialect's rules for a call with only an e-mail address.
pub(super) async fn create_demo_link(
    state: &AppState,
    paywall_id: String,
    email: String,
) -> Result<CreatedLink, ApiError> {
    let request = LinkRequest::with_email(paywall_id, email)?;
    let (now, dialect) = (state.now(), state.dialect);
    let token = state
        .store
        .run(move |tx| create(tx, request, dialect, now))
        .await?;
    state.journal.add_secret(token.expose());
    Ok(CreatedLink::new(&state.url, &token))
}

fn create(
    tx: &Transaction<'_>,
    request: LinkRequest,
    dialect: Dialect,
    now: Timestamp,
) -> Result<Token, ApiError> {
    let LinkRequest {
        paywall_id,
        email,
        user_meta,
        return_url,
    } = request;
    if paywalls::find(tx, &paywall_id)?.is_none() {
        return Err(match dialect {
            Dialect::Classic => ApiError::Parameter(INVALID_PAYWALL),
            Dialect::V3 => ApiError::PaywallNotFound,
        });
    }
    let known = users::find(tx, &email)?;
    match dialect {
        Dialect::Classic => {
            if let Some(user_id) = &known
                && users::has_active_purchase(tx, user_id, &paywall_id)?
            {
                return Err(ApiError::ActivePurchase);
            }
        }
        Dialect::V3 => {
            let subscription = match &known {
                Some(user_id) => subscriptions::find_of_user(tx, user_id, &paywall_id)?,
                None => None,
            };
            if subscription
                .is_none_or(|subscription| subscription.status != OnlineAppStatus::Active)
            {
                return Err(ApiError::NoSubscription);
            }
        }
    }
    let user_id = users::find_or_create(tx, &email, now)?;
    users::join(tx, &user_id, &paywall_id, user_meta)?;
    let portal = OnlineAppPortal {
        user_id,
        paywall_id,
        return_url,
    };
    let (token, _) = links::create(tx, &token::id("ops"), &ONLINEAPP, &portal, now)?;
    Ok(token)
}
