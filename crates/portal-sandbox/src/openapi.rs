//! `/openapi/{provider}.json`: each provider's emulated endpoints, written from its documentation.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::providers::definition::Definition;
use crate::state::AppState;

pub(crate) fn router(provider: &'static Definition) -> Router<Arc<AppState>> {
    let path = format!("/openapi/{}.json", provider.info.id);
    Router::new().route(&path, get(move |state| document(state, provider)))
}

/// Returns the document with this sandbox as its server, so that a tool that reads it calls no other.
async fn document(
    State(state): State<Arc<AppState>>,
    provider: &'static Definition,
) -> Json<Value> {
    let mut document: Value =
        serde_json::from_str(provider.openapi).expect("a test reads each document of the crate");
    document["servers"] = json!([{ "url": state.url, "description": "this sandbox" }]);
    (provider.complete_openapi)(&mut document, &state.seed);
    Json(document)
}
