//! The router, the accept loop, and the limits that hold for every request.

mod connections;
mod intake;
pub(crate) mod limits;
pub(crate) mod peer;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use self::connections::{Activity, Connections};
use self::intake::{ShuttingDown, error_response};
use self::peer::Peer;
use crate::faults::response::CloseConnection;
use crate::providers::PROVIDERS;
use crate::schedule::runner;
use crate::schedule::scheduler::SchedulerCommands;
use crate::state::AppState;
use crate::{control, home, openapi, pages};

const MAX_HEADER_BYTES: usize = 64 << 10;
/// Also ends a connection that stays idle for that long.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// The time that running calls have to end when the sandbox or their connection is closed.
const CLOSE_GRACE: Duration = Duration::from_secs(5);
/// The pause before another connection is evicted, or accepted after file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` fires or its sender is dropped, then gives running calls the grace period to end.
pub(crate) async fn serve(
    listener: TcpListener,
    state: Arc<AppState>,
    commands: SchedulerCommands,
    mut stop: oneshot::Receiver<()>,
) {
    let (closing, closed) = watch::channel(());
    // Dropping the sets ends their tasks, so that no connection and no schedule outlives this function.
    let mut schedule = JoinSet::new();
    schedule.spawn(runner::run(Arc::clone(&state), commands));
    let max_connections = state.limits.connections;
    let router = router(state);
    let mut connections = Connections::default();
    loop {
        let is_full = connections.len() >= max_connections;
        tokio::select! {
            _ = &mut stop => break,
            accepted = listener.accept(), if !is_full => match accepted {
                Ok((stream, peer)) => {
                    let activity = Activity::new();
                    let serve = serve_connection(
                        stream, Peer(peer), Arc::clone(&activity), router.clone(), closed.clone(),
                    );
                    connections.spawn(activity, serve);
                    if connections.len() >= max_connections {
                        connections.evict();
                    }
                }
                Err(_) => {
                    connections.evict();
                    tokio::select! {
                        Some(()) = connections.closed() => {}
                        () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                    }
                }
            },
            Some(()) = connections.closed() => {}
            () = tokio::time::sleep(ACCEPT_PAUSE), if is_full => connections.evict(),
        }
    }
    drop((listener, closing));
    let all_ended = async { while connections.closed().await.is_some() {} };
    // Calls that are still running after the grace period are cut off.
    let _ = tokio::time::timeout(CLOSE_GRACE, all_ended).await;
}

fn router(state: Arc<AppState>) -> Router {
    let routes = Router::new()
        .merge(pages::router())
        .merge(control::router())
        .merge(home::router());
    let routes = PROVIDERS.iter().fold(routes, |routes, provider| {
        routes
            .merge((provider.routes)())
            .merge(openapi::router(provider))
    });
    routes
        .fallback(|| async { error_response(StatusCode::NOT_FOUND, "Not found") })
        .method_not_allowed_fallback(|| async {
            error_response(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        })
        .layer(middleware::from_fn_with_state(
            Arc::clone(&state),
            intake::receive,
        ))
        .with_state(state)
}

/// Serves one connection until either side closes it, another needs its place, or the sandbox shuts down.
async fn serve_connection(
    stream: TcpStream,
    peer: Peer,
    activity: Arc<Activity>,
    router: Router,
    mut closed: watch::Receiver<()>,
) {
    // Answers are small and written at once, so Nagle's algorithm would only delay them.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let shutting_down = ShuttingDown(closed.clone());
    let calls = Arc::clone(&activity);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(shutting_down.clone());
        let call = calls.begin_call();
        let answer = router.call(request);
        async move {
            let _call = call;
            let Ok(answer) = answer.await;
            match answer.extensions().get::<CloseConnection>() {
                None => Ok(answer),
                Some(close) => Err(*close),
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_header_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // An error ends the connection, and no answer can be sent any more.
    tokio::select! {
        _ = &mut connection => {}
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
        () = activity.wait_for_eviction() => {
            connection.as_mut().graceful_shutdown();
            // A request that arrived at this moment is still answered; half of one is not waited for.
            let _ = tokio::time::timeout(CLOSE_GRACE, connection).await;
        }
    }
}
