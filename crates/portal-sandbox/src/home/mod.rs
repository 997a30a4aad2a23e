//! `/`: the home page with credentials, links, controls and the journal; for this machine's browser only.

mod commands;
mod controls;
mod form;
mod response;
mod view;

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http};

use self::controls::{ControlClient, Controls};
use self::form::{Csrf, Form, FormError};
use self::response::HomeResponse;
use self::view::{Context, Home, JournalPage, LinkCreated, Refusal};
use crate::SandboxInfo;
use crate::control::guard;
use crate::providers::PROVIDERS;
use crate::providers::definition::FormFields;
use crate::server::peer::Peer;
use crate::state::AppState;
use crate::store::StoreError;

pub(crate) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/", get(home))
        .route("/journal", get(journal))
        .route("/_home/link", post(create_link))
        .route("/_home/clock", post(advance_clock))
        .route("/_home/faults", post(add_fault))
        .route("/_home/rate-limit", post(set_rate_limit))
        .route_layer(middleware::from_fn(check_guard))
        .route("/assets/home.css", get(stylesheet))
        .layer(Extension(Csrf::random()))
}

/// How many of the newest calls the page shows.
const CALLS_SHOWN: usize = 20;
/// The seconds after which the live journal refreshes.
const REFRESH: HeaderValue = HeaderValue::from_static("2");

async fn home(
    Extension(csrf): Extension<Csrf>,
    client: ControlClient,
) -> Result<HomeResponse, StoreError> {
    let controls = Controls::load(&client).await;
    let state = client.state;
    let context = Context {
        info: SandboxInfo::new(&state.seed, &state.url),
        dialect: state.dialect,
        now: state.now(),
        csrf: csrf.text(),
        controls,
        calls: view::calls(&state.journal.latest(CALLS_SHOWN)),
    };
    let home = state.store.run(move |tx| Home::load(tx, context)).await?;
    HomeResponse::render(&home)
}

/// Shows the newest calls. Without a script, the page refreshes every two seconds unless `?paused`.
async fn journal(State(state): State<Arc<AppState>>, uri: Uri) -> Result<Response, StoreError> {
    let live = uri.query() != Some("paused");
    let page = JournalPage {
        live,
        calls: view::calls(&state.journal.latest(CALLS_SHOWN)),
    };
    let mut response = HomeResponse::render(&page)?.into_response();
    if live {
        response.headers_mut().insert(header::REFRESH, REFRESH);
    }
    Ok(response)
}

/// Creates a link as a call to the provider would; only this answer contains its URL.
async fn create_link(
    State(state): State<Arc<AppState>>,
    Extension(csrf): Extension<Csrf>,
    form: Form,
) -> Result<Response, StoreError> {
    let mut fields = match form.verified(&csrf) {
        Ok(fields) => fields,
        Err(error) => return form_error_page(&error),
    };
    let id = fields.remove("provider").unwrap_or_default();
    let Some(provider) = PROVIDERS.iter().find(|provider| provider.info.id == id) else {
        return form_error_page(&FormError::Unreadable);
    };
    match (provider.create_demo_link)(state, fields).await {
        Ok(url) => Ok(HomeResponse::render(&LinkCreated { url })?.into_response()),
        Err(answer) => {
            let explanation =
                "No link was made. A program that made the same call would get this answer:";
            refusal_page("The provider would refuse this call", explanation, answer).await
        }
    }
}

async fn advance_clock(
    Extension(csrf): Extension<Csrf>,
    client: ControlClient,
    form: Form,
) -> Result<Response, StoreError> {
    apply(&csrf, form, async |fields| {
        controls::clock(&client, &fields).await
    })
    .await
}

async fn add_fault(
    Extension(csrf): Extension<Csrf>,
    client: ControlClient,
    form: Form,
) -> Result<Response, StoreError> {
    apply(&csrf, form, async |fields| {
        controls::fault(&client, &fields).await
    })
    .await
}

async fn set_rate_limit(
    Extension(csrf): Extension<Csrf>,
    client: ControlClient,
    form: Form,
) -> Result<Response, StoreError> {
    apply(&csrf, form, async |fields| {
        controls::rate_limit(&client, &fields).await
    })
    .await
}

/// Applies a form of this page and redirects to the page.
async fn apply(
    csrf: &Csrf,
    form: Form,
    work: impl AsyncFnOnce(FormFields) -> Result<Redirect, Response>,
) -> Result<Response, StoreError> {
    let fields = match form.verified(csrf) {
        Ok(fields) => fields,
        Err(error) => return form_error_page(&error),
    };
    match work(fields).await {
        Ok(redirect) => Ok(redirect.into_response()),
        Err(answer) => {
            refusal_page(
                "The control API refused this",
                "Nothing was changed. Its answer:",
                answer,
            )
            .await
        }
    }
}

fn form_error_page(error: &FormError) -> Result<Response, StoreError> {
    let page = Refusal::without_answer("This form is out of date", error.explanation());
    Ok(HomeResponse::render(&page)?
        .with_status(StatusCode::FORBIDDEN)
        .into_response())
}

/// Shows the status and the body of a refusal, as a client would get them.
async fn refusal_page(
    heading: &'static str,
    explanation: &'static str,
    answer: Response,
) -> Result<Response, StoreError> {
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 64 << 10)
        .await
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let page = Refusal::with_answer(heading, explanation, status, body);
    Ok(HomeResponse::render(&page)?
        .with_status(status)
        .into_response())
}

/// Applies the control API's guard, since the page creates links, which are logins.
async fn check_guard(
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    match guard::refusal(peer.ip(), request.headers()) {
        None => next.run(request).await,
        Some(_) => {
            let page = Refusal::without_answer(
                "This page is for the machine that the sandbox runs on",
                "Open it there by a loopback address, such as 127.0.0.1 or localhost. Pages of another origin may not \
                 use it.",
            );
            match HomeResponse::render(&page) {
                Ok(page) => page.with_status(StatusCode::FORBIDDEN).into_response(),
                Err(error) => error.into_response(),
            }
        }
    }
}

async fn stylesheet() -> impl IntoResponse {
    let headers: [(http::HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, include_str!("../../templates/home.css"))
}
