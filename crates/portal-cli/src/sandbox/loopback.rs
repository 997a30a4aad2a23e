//! Plain HTTP to servers on this machine: a sandbox, and an application that receives webhooks.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Sends a request to the address in its absolute URI, on a connection of its own.
pub(crate) async fn send(request: Request<Bytes>) -> Result<Response<Incoming>, BoxError> {
    let (mut parts, body) = request.into_parts();
    let stream = connect(&parts.uri).await?;
    let authority = parts.uri.authority().ok_or("the URL names no host")?;
    let host = HeaderValue::from_str(authority.as_str())?;
    parts.headers.insert(header::HOST, host);
    let target = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = target.parse()?;
    let request = Request::from_parts(parts, Full::new(body));
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // The task ends with the answer, whose reader gets the errors.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

/// Returns whether an error is about the connection, so that nothing was sent.
pub(crate) fn is_connect_error(error: &BoxError) -> bool {
    error.is::<io::Error>()
}

/// Connects to a loopback address; other machines are refused.
async fn connect(uri: &Uri) -> Result<TcpStream, BoxError> {
    let host = uri.host().ok_or("the URL names no host")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((bare, uri.port_u16().unwrap_or(80))).await?;
    let is_loopback = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
    let addresses: Vec<_> = found.filter(is_loopback).collect();
    if addresses.is_empty() {
        return Err("the URL leads to another machine".into());
    }
    Ok(TcpStream::connect(addresses.as_slice()).await?)
}

/// Parses an http URL on this machine; the error is a reason that does not repeat it.
pub(crate) fn parse_url(text: &str) -> Result<Uri, &'static str> {
    let url: Uri = text.parse().map_err(|_| "it is not a URL")?;
    if url.scheme_str() != Some("http") {
        return Err("it does not begin with `http://`");
    }
    if url
        .authority()
        .is_none_or(|authority| authority.as_str().contains('@'))
    {
        return Err("it holds a user name");
    }
    let host = url.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let ip: Result<std::net::IpAddr, _> = bare.parse();
    match ip.map_or(bare == "localhost", |ip| ip.to_canonical().is_loopback()) {
        true => Ok(url),
        false => Err("it is not on this machine"),
    }
}
