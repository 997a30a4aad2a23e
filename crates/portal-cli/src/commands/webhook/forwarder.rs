use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use portal::Secret;
use portal::webhook::verify;
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::errors::CommandError;
use crate::sandbox::loopback::{self, BoxError};

/// The maximum size of a message that is forwarded, in bytes.
const MAX_BODY: usize = 1 << 20;
/// Shorter than the 10 seconds that the sandbox waits, so that it gets this program's answer.
const TIMEOUT: Duration = Duration::from_secs(9);
/// How many messages may wait to be printed; no further message is read until one is printed.
const MAX_WAITING: usize = 64;

/// A message that was forwarded.
#[derive(Serialize)]
pub(super) struct ForwardedMessage {
    pub(super) id: Option<String>,
    /// The event's type; `None` if the message could not be read.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// The application's status; `None` without an answer.
    pub(super) status: Option<u16>,
    pub(super) error: Option<&'static str>,
}

/// Receives messages and sends them to the application.
pub(super) struct Forwarder {
    provider: &'static str,
    secret: Secret,
    target: Uri,
}

impl Forwarder {
    pub(super) fn new(provider: &'static str, secret: Secret, target: Uri) -> Self {
        Self {
            provider,
            secret,
            target,
        }
    }

    /// Forwards messages until `print` fails.
    pub(super) async fn serve(
        self: Arc<Self>,
        listener: &TcpListener,
        print: impl Fn(&ForwardedMessage) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let (sender, mut messages) = mpsc::channel(MAX_WAITING);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let forwarder = Arc::clone(&self);
                        connections.spawn(forwarder.serve_connection(stream, sender.clone()));
                    }
                    Err(error) => {
                        return Err(CommandError::internal("no webhook can be received", &error));
                    }
                },
                Some(message) = messages.recv() => print(&message)?,
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn serve_connection(
        self: Arc<Self>,
        stream: TcpStream,
        sender: mpsc::Sender<ForwardedMessage>,
    ) {
        let service = service_fn(|request| async {
            let (message, status) = self.forward(request).await;
            // Fails only when the command ends.
            let _ = sender.send(message).await;
            let mut answer = Response::new(Empty::<Bytes>::new());
            *answer.status_mut() = status;
            Ok::<_, Infallible>(answer)
        });
        // An error ends this connection only.
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    /// Forwards the message; returns its record and the status for the sandbox.
    async fn forward(&self, request: Request<Incoming>) -> (ForwardedMessage, StatusCode) {
        let (mut parts, body) = request.into_parts();
        let body = match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => {
                let error = "the message could not be received";
                return (
                    ForwardedMessage::failed(error),
                    StatusCode::PAYLOAD_TOO_LARGE,
                );
            }
        };
        let event = verify(self.provider, &parts.headers, &body, &self.secret).ok();
        parts.uri = self.target.clone();
        // These headers belong to the connection with the sandbox.
        parts.headers.remove(header::CONNECTION);
        let answer = loopback::send(Request::from_parts(parts, body));
        let (status, error) = match tokio::time::timeout(TIMEOUT, answer).await {
            Ok(Ok(answer)) => (Some(answer.status()), None),
            Ok(Err(error)) => (None, Some(explain(&error))),
            Err(_) => (None, Some("no answer within 9 s")),
        };
        let message = ForwardedMessage {
            id: event.as_ref().map(|event| event.id.clone()),
            kind: event.map(|event| event.kind.as_str().to_owned()),
            status: status.map(|status| status.as_u16()),
            error,
        };
        // The sandbox repeats a message after a 5xx.
        (message, status.unwrap_or(StatusCode::BAD_GATEWAY))
    }
}

impl ForwardedMessage {
    fn failed(error: &'static str) -> Self {
        Self {
            id: None,
            kind: None,
            status: None,
            error: Some(error),
        }
    }
}

fn explain(error: &BoxError) -> &'static str {
    match loopback::is_connect_error(error) {
        true => "no connection",
        false => "the connection was closed without an answer",
    }
}
