//! `/_sandbox/…`: what a developer or a test asks of the sandbox itself, from this machine only.

mod clock;
mod faults;
pub(crate) mod fields;
mod webhooks;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header, uri::Authority};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use self::fields::Wrong;
use crate::journal::Entry;
use crate::server::Peer;
use crate::store::{self, Failure, customers, invoices, links, products, subscriptions, users};
use crate::world::{World, whole_seconds};

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/_sandbox/journal", get(journal))
        .route("/_sandbox/state", get(state))
        .route("/_sandbox/reset", post(reset))
        .route("/_sandbox/clock", get(clock::show).post(clock::advance))
        .route(
            "/_sandbox/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route(
            "/_sandbox/rate_limit",
            get(faults::limit).post(faults::set_limit),
        )
        .route(
            "/_sandbox/webhooks",
            get(webhooks::list)
                .post(webhooks::subscribe)
                .delete(webhooks::unsubscribe),
        )
        .route("/_sandbox/webhooks/redeliver", post(webhooks::redeliver))
        .route("/_sandbox/webhooks/trigger", post(webhooks::trigger))
        .route_layer(middleware::from_fn(guard))
}

/// All that the sandbox remembers, without what opens a link.
#[derive(Serialize)]
struct Snapshot {
    now: Timestamp,
    onlineapp_dialect: String,
    customers: Vec<customers::Customer>,
    users: Vec<users::Member>,
    subscriptions: Vec<subscriptions::Subscription>,
    products: Vec<products::Product>,
    invoices: Vec<invoices::AnyInvoice>,
    links: Vec<links::Link>,
}

async fn journal(State(world): State<Arc<World>>) -> Json<Vec<Entry>> {
    Json(world.journal.entries())
}

async fn state(State(world): State<Arc<World>>) -> Result<Json<Snapshot>, Refusal> {
    let (now, onlineapp_dialect) = (world.now(), world.dialect.to_string());
    let read = move |tx: &rusqlite::Transaction<'_>| -> store::Result<Snapshot> {
        Ok(Snapshot {
            now,
            onlineapp_dialect,
            customers: customers::all(tx)?,
            users: users::all(tx)?,
            subscriptions: subscriptions::all(tx)?,
            products: products::all(tx)?,
            invoices: invoices::all(tx)?,
            links: links::all(tx)?,
        })
    };
    Ok(Json(world.store.run(read).await?))
}

/// Returns to the seed and to the clock's own time; faults, the rate limit, webhooks and the journal are gone.
async fn reset(State(world): State<Arc<World>>) -> Result<StatusCode, Refusal> {
    let now = whole_seconds(world.clock.now());
    let seed = Arc::clone(&world.seed);
    let anew =
        move |tx: &rusqlite::Transaction<'_>| store::clear(tx).and_then(|()| seed.sow(tx, now));
    world.store.run(anew).await?;
    world.set_offset(0);
    world.faults.clear();
    world.journal.clear();
    Ok(StatusCode::NO_CONTENT)
}

async fn guard(Extension(Peer(peer)): Extension<Peer>, request: Request, next: Next) -> Response {
    match refusal(peer.ip(), request.headers()) {
        None => (
            [(header::CACHE_CONTROL, "no-store")],
            next.run(request).await,
        )
            .into_response(),
        Some(why) => (StatusCode::FORBIDDEN, Json(json!({ "error": why }))).into_response(),
    }
}

/// Says why a request may not control the sandbox.
///
/// A web page that the developer happens to have open can send requests to loopback as well: its own origin shows in
/// `Origin`, and a name of its own that it makes resolve to loopback shows in `Host`.
pub(crate) fn refusal(peer: IpAddr, headers: &HeaderMap) -> Option<&'static str> {
    if !peer.to_canonical().is_loopback() {
        return Some("The control API answers this machine only");
    }
    let Some(host) = only(headers, &header::HOST).filter(|host| is_loopback(host)) else {
        return Some(
            "The control API answers to a loopback name only, such as `127.0.0.1` or `localhost`",
        );
    };
    let own_origin = format!("http://{host}");
    if headers.contains_key(header::ORIGIN) && only(headers, &header::ORIGIN) != Some(&own_origin) {
        return Some("The control API does not answer pages of another origin");
    }
    None
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Why a control request was not done.
enum Refusal {
    Wrong(Wrong),
    /// The state could not be read or written.
    Broken(Failure),
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let failure = match self {
            Self::Wrong(wrong) => return wrong.into_response(),
            Self::Broken(failure) => failure,
        };
        tracing::error!(
            error = &failure as &dyn std::error::Error,
            "the control API failed"
        );
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            Json(json!({ "error": "Internal server error" })),
        )
            .into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(peer: &str, headers: &[(HeaderName, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        refusal(peer.parse().unwrap(), &headers).is_some()
    }

    #[test]
    fn only_a_loopback_peer_that_calls_a_loopback_host_may_control() {
        for host in [
            "127.0.0.1:8787",
            "localhost:8787",
            "LOCALHOST",
            "[::1]:8787",
            "127.8.8.8",
        ] {
            assert!(!refused("127.0.0.1", &[(header::HOST, host)]), "{host}");
        }
        for host in [
            "evil.example:8787",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "u@",
            "",
        ] {
            assert!(refused("127.0.0.1", &[(header::HOST, host)]), "{host}");
        }
        for peer in ["::1", "::ffff:127.0.0.1"] {
            assert!(!refused(peer, &[(header::HOST, "localhost")]), "{peer}");
        }
        for peer in ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1"] {
            assert!(refused(peer, &[(header::HOST, "localhost")]), "{peer}");
        }
        assert!(refused("127.0.0.1", &[]));
        assert!(refused(
            "127.0.0.1",
            &[(header::HOST, "localhost"), (header::HOST, "evil.example")]
        ));
    }

    #[test]
    fn only_the_sandboxs_own_origin_may_control() {
        for (origin, refuse) in [
            ("http://localhost:8787", false),
            ("http://localhost:3000", true),
            ("https://localhost:8787", true),
            ("http://evil.example", true),
            ("null", true),
        ] {
            let headers = [(header::HOST, "localhost:8787"), (header::ORIGIN, origin)];
            assert_eq!(refused("127.0.0.1", &headers), refuse, "{origin}");
        }
    }
}
