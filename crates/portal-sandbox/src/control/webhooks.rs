use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Refusal;
use super::fields::{Fields, Wrong};
use crate::provider::Provider;
use crate::store::Failure;
use crate::store::outbox::{self, Endpoint};
use crate::store::subscriptions;
use crate::webhook::{self, Address, EventKind};
use crate::world::World;

pub(super) async fn list(State(world): State<Arc<World>>) -> Result<Json<Vec<Endpoint>>, Refusal> {
    let read = |tx: &rusqlite::Transaction<'_>| outbox::endpoints(tx);
    Ok(Json(world.store.run(read).await?))
}

/// Subscribes `url` to OnlineApp's events; without a `secret` they come unsigned.
pub(super) async fn subscribe(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Endpoint>, Refusal> {
    let mut fields = Fields::read(&body)?;
    if let Some(provider) = fields.any("provider") {
        match provider.as_str() {
            Some("onlineapp") => {}
            Some("kwik") => return Err(Wrong::sentence("provider", webhook::NO_KWIK).into()),
            _ => return Err(Wrong::field("provider", "must be `onlineapp`").into()),
        }
    }
    let url = fields.required_text("url")?;
    let secret = fields.text("secret")?;
    fields.end("a webhook subscription")?;
    let address = Address::read(&url).map_err(|why| Wrong::field("url", why))?;
    let now = world.now();
    let endpoint = world
        .store
        .run(move |tx| outbox::subscribe(tx, address.as_str(), secret.as_deref(), now))
        .await?;
    Ok(Json(endpoint))
}

pub(super) async fn unsubscribe(State(world): State<Arc<World>>) -> Result<StatusCode, Refusal> {
    let forget = |tx: &rusqlite::Transaction<'_>| outbox::unsubscribe_all(tx);
    world.store.run(forget).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends an event once more: the same bytes, so that the receiver has to see that it knows them.
pub(super) async fn redeliver(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let mut fields = Fields::read(&body)?;
    let id = fields.required_text("id")?;
    fields.end("a redelivery")?;
    let now = world.now();
    let again = move |tx: &rusqlite::Transaction<'_>| outbox::again(tx, &id, now);
    if !world.store.run(again).await? {
        return Err(Wrong::field("id", "is no event's of this sandbox").into());
    }
    world.timekeeper.wake();
    Ok(StatusCode::ACCEPTED)
}

/// Tells of an event that did not happen, as a payment's: the subscription stays as it is.
pub(super) async fn trigger(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let mut fields = Fields::read(&body)?;
    let words = EventKind::ALL.map(EventKind::word);
    let word = fields.one_of("type", &words)?;
    let id = fields.required_text("subscription_id")?;
    fields.end("an event to trigger")?;
    let kind = EventKind::ALL.into_iter().find(|kind| kind.word() == word);
    let kind = kind.ok_or_else(|| Wrong::field("type", "is required"))?;
    let now = world.now();
    let emitted = world
        .store
        .run(move |tx| -> Result<Option<String>, Failure> {
            match subscriptions::find_onlineapp(tx, &id)? {
                None => Ok(None),
                Some(subscription) => webhook::emit_with_id(tx, kind, &subscription, now).map(Some),
            }
        })
        .await?;
    let Some(id) = emitted else {
        let message = "is no subscription of OnlineApp's";
        return Err(Wrong::field("subscription_id", message).into());
    };
    world.timekeeper.wake();
    Ok(Json(json!({ "id": id, "provider": Provider::OnlineApp })))
}
