use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use axum::http::{HeaderName, StatusCode, header};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::SignedDuration;
use sha2::Sha256;
use tokio::net::TcpStream;

use super::address::Address;
use super::outbox::{self, Delivery};
use crate::journal::Direction;
use crate::providers::onlineapp::info::ONLINEAPP;
use crate::state::AppState;
use crate::store::Result;

/// The documented time that a receiver has to answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);
/// The documented delays between attempts: six attempts in all.
const RETRY_MINUTES: [i64; 5] = [5, 10, 20, 40, 80];

const SIGNATURE: HeaderName = HeaderName::from_static("x-monetize-signature");

type ExchangeError = Box<dyn std::error::Error + Send + Sync>;

/// Attempts a delivery once; records the result in the outbox and in the journal.
pub(crate) async fn deliver(state: &AppState, delivery: Delivery) -> Result<()> {
    let now = state.now();
    let next = match attempt(state, &delivery).await {
        Some(status) if status.is_success() => None,
        // Only a 5xx, or no answer in time, is retried; an unreachable receiver counts as no answer. Any other status
        // is final, even a redirect.
        Some(status) if !status.is_server_error() => None,
        Some(_) | None => RETRY_MINUTES
            .get(usize::from(delivery.attempts))
            .and_then(|minutes| now.checked_add(SignedDuration::from_mins(*minutes)).ok()),
    };
    state
        .store
        .run(move |tx| outbox::record_attempt(tx, &delivery.id, next))
        .await
}

/// Returns the status of the answer; `None` if there is none in time.
async fn attempt(state: &AppState, delivery: &Delivery) -> Option<StatusCode> {
    let address = Address::parse(&delivery.url).ok()?;
    let request = request(&address, delivery);
    let (parts, body) = request.into_parts();
    if let Some(secret) = &delivery.secret {
        state.journal.add_secret(secret);
    }
    let entry = state.journal.open(
        state.precise_now(),
        &ONLINEAPP,
        Direction::Out,
        &parts,
        body.as_bytes(),
    );
    let exchange = exchange(&address, Request::from_parts(parts, body));
    let answer = tokio::time::timeout(state.webhook_timeout, exchange).await;
    let status = answer.ok().and_then(std::result::Result::ok)?;
    state.journal.close(entry, status);
    Some(status)
}

fn request(address: &Address, delivery: &Delivery) -> Request<String> {
    let mut request = Request::post(address.target())
        .header(header::HOST, address.authority())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "Monetize-Webhooks/1.0")
        .header(header::CONNECTION, "close");
    if let Some(secret) = &delivery.secret {
        request = request.header(SIGNATURE, signature(secret, delivery.body.as_bytes()));
    }
    request
        .body(delivery.body.clone())
        .expect("a parsed URL's parts and fixed headers make a request")
}

/// Sends the request on a connection of its own; follows no redirect and retries nothing.
async fn exchange(
    address: &Address,
    request: Request<String>,
) -> std::result::Result<StatusCode, ExchangeError> {
    let stream = connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = sender.send_request(request);
    tokio::pin!(answer, connection);
    // Polled here, so that the connection ends with this attempt.
    tokio::select! {
        answer = &mut answer => Ok(answer?.status()),
        ended = &mut connection => {
            ended?;
            Ok(answer.await?.status())
        }
    }
}

async fn connect(address: &Address) -> io::Result<TcpStream> {
    TcpStream::connect(address.sockets.as_slice()).await
}

/// Returns `sha256=` and the lowercase hex of HMAC-SHA256 over the raw body, keyed with the secret's text.
fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_rfc_4231s_second_case() {
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
