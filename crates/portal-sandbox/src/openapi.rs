//! `/openapi/{onlineapp,kwik}.json`: each provider's emulated surface, written from its documentation.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::world::World;

const ONLINEAPP: &str = include_str!("../openapi/onlineapp.json");
const KWIK: &str = include_str!("../openapi/kwik.json");

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route(
            "/openapi/onlineapp.json",
            get(|world| document(world, ONLINEAPP)),
        )
        .route("/openapi/kwik.json", get(|world| document(world, KWIK)))
}

/// The document with this sandbox as its server, so that a tool that reads it calls nobody else.
async fn document(State(world): State<Arc<World>>, text: &'static str) -> Json<Value> {
    let mut document: Value =
        serde_json::from_str(text).expect("a test reads each document of the crate");
    document["servers"] = json!([{ "url": world.url, "description": "this sandbox" }]);
    Json(document)
}
