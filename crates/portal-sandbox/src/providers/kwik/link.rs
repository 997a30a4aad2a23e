use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::Timestamp;
use rusqlite::Transaction;

use super::info::KWIK;
use super::portal::KwikPortal;
use super::request::{self, LinkRequest};
use super::response::{ApiError, CreatedLink};
use super::store::{account, customers, products, subscriptions};
use crate::state::AppState;
use crate::store::links;
use crate::token;

/// Answers a call: the key first, then the body's layout and fields, then whether everything it names exists.
///
/// The documentation gives no order; here each step needs the one before.
pub(super) async fn create_link(
    State(state): State<Arc<AppState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<CreatedLink, ApiError> {
    let credential = request::credential(&headers)?;
    let request = LinkRequest::read(&headers, &body);
    let (now, url) = (state.now(), state.url.clone());
    state
        .store
        .run(move |tx| {
            if !account::has_credential(tx, &credential)? {
                return Err(ApiError::UnknownKey);
            }
            create(tx, request?, &url, now)
        })
        .await
        .inspect(|link| state.journal.add_secret(link.token()))
}

/// Creates a link for the home page, with the account's settings.
pub(super) async fn create_demo_link(
    state: &AppState,
    customer_id: String,
    subscription_id: Option<String>,
) -> Result<CreatedLink, ApiError> {
    let request = LinkRequest::without_settings(customer_id, subscription_id);
    let (now, url) = (state.now(), state.url.clone());
    state
        .store
        .run(move |tx| create(tx, request, &url, now))
        .await
        .inspect(|link| state.journal.add_secret(link.token()))
}

fn create(
    tx: &Transaction<'_>,
    request: LinkRequest,
    url: &str,
    now: Timestamp,
) -> Result<CreatedLink, ApiError> {
    if customers::find(tx, &request.customer_id)?.is_none() {
        return Err(request.not_found("customer_id"));
    }
    if let Some(id) = &request.subscription_id
        && subscriptions::find_of_customer(tx, &request.customer_id, id)?.is_none()
    {
        return Err(request.not_found("subscription_id"));
    }
    for (index, id) in request.settings.products_ids.iter().flatten().enumerate() {
        if products::find(tx, id)?.is_none() {
            return Err(request.not_found(&format!("settings.products_ids.{index}")));
        }
    }
    let LinkRequest {
        customer_id,
        subscription_id,
        settings,
        ..
    } = request;
    let (id, session_id) = (token::id("cpl"), token::id("ses"));
    let portal = KwikPortal {
        session_id: session_id.clone(),
        customer_id: customer_id.clone(),
        subscription_id: subscription_id.clone(),
        settings,
    };
    let (token, expires_at) = links::create(tx, &id, &KWIK, &portal, now)?;
    let link_url = format!("{url}{}/{}", KWIK.portal_path, token.expose());
    Ok(CreatedLink {
        id,
        session_id,
        customer_id,
        subscription_id,
        link_url,
        expires_at,
    })
}
