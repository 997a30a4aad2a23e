use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;

use super::loopback::{self, BoxError};

/// Fetches a page from a server on this machine; returns its status and title.
pub(crate) async fn fetch(url: &str) -> Result<(StatusCode, String), BoxError> {
    let answer = loopback::send(Request::get(url).body(Bytes::new())?).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    let body = String::from_utf8_lossy(&body);
    let title = body
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    Ok((
        status,
        title.map_or_else(String::new, |(title, _)| title.trim().to_owned()),
    ))
}
