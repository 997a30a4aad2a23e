use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body::Body;
use portal_core::Error;

use crate::transport::connect_error::causes;

/// The largest accepted response body: documented ones have a few hundred bytes. Compression is
/// neither requested nor undone, so nothing grows after it was counted.
const MAX_BODY: usize = 1024 * 1024;

/// An HTTP library's error.
pub(crate) type LibraryError = Box<dyn StdError + Send + Sync>;

/// A response with its whole body.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why a request has no response.
pub(crate) enum TransportError {
    /// The connection had closed before the request was written; the request is intact.
    ConnectionClosed(LibraryError),
    /// The server declares that it has not processed the request.
    Unprocessed(LibraryError),
    /// The connection was lost before the first byte of the response.
    NoAnswer(LibraryError),
    /// There was no connection, or it was lost before the whole response had arrived.
    ConnectionLost(LibraryError),
    /// The response has too many headers, or too long ones.
    HeadersTooLarge(LibraryError),
    /// The certificate authorities cannot be used.
    Configuration(Error),
    /// The response body is larger than 1 MiB.
    BodyTooLarge(StatusCode),
    /// The server sent more than 2 MiB of interim responses, headers, framing and body.
    AnswerTooLong,
}

impl<E: Into<LibraryError>> From<E> for TransportError {
    fn from(error: E) -> Self {
        let error = error.into();
        if find(&*error).is_some_and(is_unprocessed) {
            Self::Unprocessed(error)
        } else if find(&*error).is_some_and(hyper::Error::is_parse_too_large) {
            Self::HeadersTooLarge(error)
        } else {
            Self::ConnectionLost(error)
        }
    }
}

/// Finds an error of that type among an error and its causes.
pub(crate) fn find<'a, T: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// Returns whether the server declares that it has not processed the request: a stream above the
/// last id of its GOAWAY, or one refused (RFC 9113, sections 6.8 and 8.7).
fn is_unprocessed(error: &h2::Error) -> bool {
    let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    error.is_remote() && (error.is_go_away() || is_refused)
}

/// Reads a response to its end.
pub(crate) async fn read_body<B>(
    response: &mut http::Response<B>,
) -> Result<Response, TransportError>
where
    B: Body<Data = Bytes, Error: Into<LibraryError>> + Unpin,
{
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = poll_fn(|cx| Pin::new(response.body_mut()).poll_frame(cx)).await {
        let Ok(chunk) = frame.map_err(Into::into)?.into_data() else {
            // Trailers, which no provider documents.
            continue;
        };
        if first.len() + all.len() + chunk.len() > MAX_BODY {
            return Err(TransportError::BodyTooLarge(response.status()));
        }
        // Most bodies arrive in one chunk, which is not copied.
        if first.is_empty() && all.is_empty() {
            first = chunk;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&chunk);
        }
    }
    Ok(Response {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: match all.is_empty() {
            true => first,
            false => all.freeze(),
        },
    })
}
