//! `/`: what runs, how to call it, whom to make a link for, and what arrived; for this machine's browser only.

mod commands;
mod form;
mod front;
mod switches;
mod view;

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http};

use self::form::{Csrf, Fields, Form, Stale};
use self::front::Front;
use self::switches::{Caller, Switches};
use self::view::{Entries, Home, Made, Refused};
use crate::server::Peer;
use crate::store::Failure;
use crate::world::World;
use crate::{Ready, control, kwik, onlineapp};

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/", get(home))
        .route("/journal", get(journal))
        .route("/_home/link", post(make_link))
        .route("/_home/clock", post(move_clock))
        .route("/_home/faults", post(add_fault))
        .route("/_home/rate-limit", post(limit_rate))
        .route_layer(middleware::from_fn(guard))
        .route("/assets/home.css", get(stylesheet))
        .layer(Extension(Csrf::random()))
}

/// How many of the newest calls are shown.
const CALLS_SHOWN: usize = 20;
/// Seconds after which the live journal asks for itself again.
const REFRESH: HeaderValue = HeaderValue::from_static("2");

async fn home(Extension(csrf): Extension<Csrf>, caller: Caller) -> Result<Front, Failure> {
    let switches = Switches::of(&caller).await;
    let world = caller.world;
    let calls = view::calls(&world.journal.latest(CALLS_SHOWN));
    let (now, ready, dialect) = (world.now(), ready(&world), world.dialect);
    let home = world
        .store
        .run(move |tx| Home::of(tx, now, ready, dialect, csrf.text(), switches, calls))
        .await?;
    Front::of(&home)
}

/// The newest calls alone, asked for again every two seconds unless `?paused`: a page that a reader can leave open, or
/// read in peace, without a script.
async fn journal(State(world): State<Arc<World>>, uri: Uri) -> Result<Response, Failure> {
    let live = uri.query() != Some("paused");
    let entries = Entries {
        live,
        calls: view::calls(&world.journal.latest(CALLS_SHOWN)),
    };
    let mut response = Front::of(&entries)?.into_response();
    if live {
        response.headers_mut().insert(header::REFRESH, REFRESH);
    }
    Ok(response)
}

/// Makes a link as a call to the provider would; the URL is in this one answer and nowhere else.
async fn make_link(
    State(world): State<Arc<World>>,
    Extension(csrf): Extension<Csrf>,
    form: Form,
) -> Result<Response, Failure> {
    let fields = match form.sent_by(&csrf) {
        Ok(fields) => fields,
        Err(stale) => return stale_page(&stale),
    };
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let (made, refused) = if field("provider") == "kwik" {
        let subscription = Some(field("subscription")).filter(|id| !id.is_empty());
        match kwik::link_for(&world, field("customer"), subscription).await {
            Ok(minted) => (minted.expose().to_owned(), None),
            Err(refusal) => (String::new(), Some(refusal.into_response())),
        }
    } else {
        match onlineapp::link_for(&world, ready(&world).onlineapp.paywall_id, field("email")).await
        {
            Ok(portal) => (portal.expose().to_owned(), None),
            Err(refusal) => (String::new(), Some(refusal.into_response())),
        }
    };
    match refused {
        None => Ok(Front::of(&Made { url: made })?.into_response()),
        Some(answer) => {
            let why = "No link was made. A program that made the same call would get this answer:";
            refused_page("The provider would refuse this call", why, answer).await
        }
    }
}

async fn move_clock(
    Extension(csrf): Extension<Csrf>,
    caller: Caller,
    form: Form,
) -> Result<Response, Failure> {
    switch(&csrf, form, async |fields| {
        switches::clock(&caller, &fields).await
    })
    .await
}

async fn add_fault(
    Extension(csrf): Extension<Csrf>,
    caller: Caller,
    form: Form,
) -> Result<Response, Failure> {
    switch(&csrf, form, async |fields| {
        switches::fault(&caller, &fields).await
    })
    .await
}

async fn limit_rate(
    Extension(csrf): Extension<Csrf>,
    caller: Caller,
    form: Form,
) -> Result<Response, Failure> {
    switch(&csrf, form, async |fields| {
        switches::rate_limit(&caller, &fields).await
    })
    .await
}

/// Does what a form of this page asks for, and leads back to it.
async fn switch(
    csrf: &Csrf,
    form: Form,
    work: impl AsyncFnOnce(Fields) -> Result<Redirect, Response>,
) -> Result<Response, Failure> {
    let fields = match form.sent_by(csrf) {
        Ok(fields) => fields,
        Err(stale) => return stale_page(&stale),
    };
    match work(fields).await {
        Ok(back) => Ok(back.into_response()),
        Err(answer) => {
            refused_page(
                "The control API refused this",
                "Nothing was changed. Its answer:",
                answer,
            )
            .await
        }
    }
}

fn stale_page(stale: &Stale) -> Result<Response, Failure> {
    let page = Refused::by_us("This form is out of date", stale.why());
    Ok(Front::of(&page)?
        .with(StatusCode::FORBIDDEN)
        .into_response())
}

/// Shows a refusal as a caller would get it: its status and its body, which are what a developer will meet.
async fn refused_page(
    heading: &'static str,
    why: &'static str,
    answer: Response,
) -> Result<Response, Failure> {
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 64 << 10)
        .await
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let page = Refused::with_answer(heading, why, status, body);
    Ok(Front::of(&page)?.with(status).into_response())
}

/// Lets in whom the control API lets in: the page makes links, which are logins.
async fn guard(Extension(Peer(peer)): Extension<Peer>, request: Request, next: Next) -> Response {
    match control::refusal(peer.ip(), request.headers()) {
        None => next.run(request).await,
        Some(_) => {
            let page = Refused::by_us(
                "This page is for the machine that the sandbox runs on",
                "Open it there by a loopback address, such as 127.0.0.1 or localhost. Pages of another origin may not \
                 use it.",
            );
            match Front::of(&page) {
                Ok(front) => front.with(StatusCode::FORBIDDEN).into_response(),
                Err(failure) => failure.into_response(),
            }
        }
    }
}

/// What the page shows of how to call this sandbox.
fn ready(world: &World) -> Ready {
    Ready::of(&world.seed, &world.url)
}

async fn stylesheet() -> impl IntoResponse {
    let headers: [(http::HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, include_str!("../../templates/home.css"))
}
