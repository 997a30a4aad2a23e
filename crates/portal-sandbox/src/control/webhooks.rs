use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::error::ControlError;
use super::fields::{InvalidField, JsonFields};
use crate::providers::PROVIDERS;
use crate::providers::onlineapp::event::{self, EventKind};
use crate::providers::onlineapp::info::ONLINEAPP;
use crate::providers::onlineapp::store::subscriptions;
use crate::state::AppState;
use crate::store::StoreError;
use crate::webhook::address::Address;
use crate::webhook::outbox::{self, Endpoint};

pub(super) async fn list(
    State(state): State<Arc<AppState>>,
) -> Result<Json<Vec<Endpoint>>, ControlError> {
    let read = |tx: &rusqlite::Transaction<'_>| outbox::endpoints(tx);
    Ok(Json(state.store.run(read).await?))
}

/// Subscribes `url` to OnlineApp's events; without a `secret` they are not signed.
pub(super) async fn subscribe(
    State(state): State<Arc<AppState>>,
    body: Bytes,
) -> Result<Json<Endpoint>, ControlError> {
    let mut fields = JsonFields::read(&body)?;
    if let Some(provider) = fields.any("provider") {
        check_provider(provider.as_str().unwrap_or_default())?;
    }
    let url = fields.required_text("url")?;
    let secret = fields.text("secret")?;
    if let Some(secret) = &secret {
        state.journal.add_secret(secret);
    }
    fields.finish("a webhook subscription")?;
    let address = Address::parse(&url).map_err(|why| InvalidField::new("url", why))?;
    let now = state.now();
    let endpoint = state
        .store
        .run(move |tx| outbox::subscribe(tx, address.as_str(), secret.as_deref(), now))
        .await?;
    Ok(Json(endpoint))
}

/// Removes the endpoint with this `url`; without one, all.
pub(super) async fn unsubscribe(
    State(state): State<Arc<AppState>>,
    body: Bytes,
) -> Result<StatusCode, ControlError> {
    let mut fields = JsonFields::read(&body)?;
    let url = fields.text("url")?;
    fields.finish("a webhook subscription to remove")?;
    let address = url.map(|url| Address::parse(&url)).transpose();
    let address = address.map_err(|why| InvalidField::new("url", why))?;
    let forget = move |tx: &rusqlite::Transaction<'_>| match &address {
        Some(address) => outbox::unsubscribe(tx, address.as_str()),
        None => outbox::unsubscribe_all(tx),
    };
    state.store.run(forget).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends an event once more, with the same bytes, so that a receiver's deduplication can be tested.
pub(super) async fn redeliver(
    State(state): State<Arc<AppState>>,
    body: Bytes,
) -> Result<StatusCode, ControlError> {
    let mut fields = JsonFields::read(&body)?;
    let id = fields.required_text("id")?;
    fields.finish("a redelivery")?;
    let now = state.now();
    let redeliver = move |tx: &rusqlite::Transaction<'_>| outbox::redeliver(tx, &id, now);
    if !state.store.run(redeliver).await? {
        return Err(InvalidField::new("id", "is not the id of an event").into());
    }
    state.scheduler.wake();
    Ok(StatusCode::ACCEPTED)
}

/// Sends an event without a cause, such as a payment, about a subscription: the first, unless `subscription_id` names
/// another. The subscription is unchanged.
pub(super) async fn trigger(
    State(state): State<Arc<AppState>>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = JsonFields::read(&body)?;
    let words = EventKind::ALL.map(EventKind::as_str);
    let word = fields.one_of("type", &words)?;
    let id = fields.text("subscription_id")?;
    fields.finish("an event to trigger")?;
    let kind = EventKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == word);
    let kind = kind.ok_or_else(|| InvalidField::new("type", "is required"))?;
    let now = state.now();
    let emitted = state
        .store
        .run(move |tx| -> Result<Option<Value>, StoreError> {
            let subscription = match id {
                Some(id) => subscriptions::find(tx, &id)?,
                None => subscriptions::list_all(tx)?.into_iter().next(),
            };
            let Some(subscription) = subscription else {
                return Ok(None);
            };
            let id = event::emit_with_id(tx, kind, &subscription, now)?;
            let deliveries = outbox::endpoints(tx)?.len();
            Ok(Some(json!({
                "id": id,
                "provider": ONLINEAPP,
                "subscription_id": subscription.id,
                "deliveries": deliveries,
            })))
        })
        .await?;
    let Some(event) = emitted else {
        let message = "is no subscription of OnlineApp's";
        return Err(InvalidField::new("subscription_id", message).into());
    };
    state.scheduler.wake();
    Ok(Json(event))
}

fn check_provider(id: &str) -> Result<(), InvalidField> {
    let provider = PROVIDERS.iter().find(|provider| provider.info.id == id);
    match provider.map(|provider| provider.info.no_webhooks) {
        Some(None) => Ok(()),
        Some(Some(reason)) => Err(InvalidField::sentence("provider", reason)),
        None => Err(InvalidField::new("provider", "must be `onlineapp`")),
    }
}
