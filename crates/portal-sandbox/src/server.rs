//! The router, the accept loop, and the limits that hold for every request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::fault::{self, Fault, HangUp, Met};
use crate::journal::Direction;
use crate::provider::Provider;
use crate::timeline::{self, Orders};
use crate::world::{World, ahead};
use crate::{control, home, kwik, onlineapp, openapi, pages};

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Tells that the sandbox is shutting down.
#[derive(Clone, Debug)]
struct Closed(watch::Receiver<()>);

const MOST_CONNECTIONS: usize = 512;
const MOST_BODY_BYTES: usize = 1 << 20;
const MOST_HEADER_BYTES: usize = 64 << 10;
/// Also ends a connection that stays idle for that long.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// How long to leave alone a listener that cannot accept, as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` fires or its sender is dropped, then lets calls under way end within the grace.
pub(crate) async fn serve(
    listener: TcpListener,
    world: Arc<World>,
    orders: Orders,
    mut stop: oneshot::Receiver<()>,
) {
    let (closing, closed) = watch::channel(());
    // Dropping the sets ends their tasks, so that neither a connection nor the time outlives this function.
    let mut time = JoinSet::new();
    time.spawn(timeline::run(Arc::clone(&world), orders));
    let router = router(world);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stop => break,
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(converse(stream, Peer(peer), router.clone(), closed.clone()));
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop((listener, closing));
    let all_ended = async { while connections.join_next().await.is_some() {} };
    // Whatever is still under way after the grace is cut off.
    let _ = tokio::time::timeout(SHUTDOWN_GRACE, all_ended).await;
}

fn router(world: Arc<World>) -> Router {
    Router::new()
        .route(
            "/api/v1/paywall/{paywall_id}/get-customer-portal",
            post(onlineapp::create_link),
        )
        .route("/2.0/customer-portal/link", post(kwik::create_link))
        .route("/p/session/{token}", get(pages::onlineapp))
        .route(
            "/p/session/{token}/{step}",
            get(pages::onlineapp).post(pages::onlineapp),
        )
        .route("/portal/{token}", get(pages::kwik))
        .route("/portal/{token}/{step}", get(pages::kwik).post(pages::kwik))
        .route("/assets/portal.css", get(pages::stylesheet))
        .merge(control::router())
        .merge(home::router())
        .merge(openapi::router())
        .fallback(|| async { refuse(StatusCode::NOT_FOUND, "Not found") })
        .method_not_allowed_fallback(|| async {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&world), intake))
        .with_state(world)
}

/// One connection, until either side is done with it or `closed` tells that the sandbox is.
async fn converse(stream: TcpStream, peer: Peer, router: Router, mut closed: watch::Receiver<()>) {
    // Answers are small and written whole: nothing is gained by waiting for more to send.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let told = Closed(closed.clone());
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(told.clone());
        let answer = router.call(request);
        async {
            let Ok(answer) = answer.await;
            match answer.extensions().get::<HangUp>() {
                None => Ok(answer),
                Some(hang_up) => Err(*hang_up),
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_header_size(MOST_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // Errors end the connection, and there is nobody left to tell.
    tokio::select! {
        _ = &mut connection => {}
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Takes the body in within its limits, brings the state up to the present, keeps the journal of provider requests,
/// and lets their faults happen.
async fn intake(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = read(body).await;
    // Before the state is brought up to the present, which takes a while where the disk is busy.
    let arrived = world.clock.now();
    if let Err(failure) = world.catch_up().await {
        // What the request is about may well be readable all the same; where it is not, its handler says so.
        tracing::error!(
            error = &failure as &dyn std::error::Error,
            "the state could not be brought up to the present"
        );
    }
    let arrived = ahead(arrived, world.offset());
    let provider = Provider::of_path(parts.uri.path());
    let ticket = provider.map(|provider| {
        let seen = body.as_deref().unwrap_or_default();
        world
            .journal
            .open(arrived, provider, Direction::In, &parts, seen)
    });
    let changes = !parts.method.is_safe() && provider.is_none();
    let response = match (body, provider) {
        (Err(refusal), _) => refusal,
        (Ok(body), Some(provider)) => {
            let request = Request::from_parts(parts, Body::from(body));
            faulty(&world, provider, arrived, request, next).await
        }
        (Ok(body), None) => next.run(Request::from_parts(parts, Body::from(body))).await,
    };
    if changes {
        // What a page or the control API changed may have put something into the outbox.
        world.timekeeper.wake();
    }
    if let Some(ticket) = ticket
        && response.extensions().get::<HangUp>().is_none()
    {
        world.journal.close(ticket, response.status());
    }
    response
}

/// Answers a provider request, or lets happen to it what was asked for.
async fn faulty(
    world: &World,
    provider: Provider,
    arrived: Timestamp,
    request: Request,
    next: Next,
) -> Response {
    match world.faults.meet(provider, arrived) {
        Met::Nothing => next.run(request).await,
        Met::TooMany {
            provider,
            retry_after,
        } => fault::too_many(provider, retry_after),
        Met::Fault(Fault::Delay { seconds }) => {
            let delay = tokio::time::sleep(Duration::from_secs_f64(seconds));
            // A client that leaves ends this as well, since hyper drops what it asked for.
            match request.extensions().get::<Closed>().cloned() {
                None => delay.await,
                Some(Closed(mut closed)) => tokio::select! {
                    () = delay => {}
                    _ = closed.changed() => {}
                },
            }
            next.run(request).await
        }
        Met::Fault(Fault::CloseMidBody) => fault::broken_off(next.run(request).await).await,
        Met::Fault(fault) => match fault::in_place(fault, provider) {
            Some(answer) => answer,
            None => next.run(request).await,
        },
    }
}

async fn read(body: Body) -> Result<Bytes, Response> {
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MOST_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // A body that breaks off fails here too, but then nobody waits for the answer.
        Ok(Err(_)) => Err(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request body is larger than 1 MiB",
        )),
        Err(_) => Err(refuse(
            StatusCode::REQUEST_TIMEOUT,
            "The request body took too long",
        )),
    }
}

/// What the server answers by itself, where neither provider documents anything.
fn refuse(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
