use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use portal_core::Error;

/// The most that is read of an answer: documented ones have a few hundred bytes. Compression is
/// neither asked for nor undone, so nothing grows after it was counted.
const MAX_ANSWER: usize = 1024 * 1024;

/// What some library said of a request that got no answer.
pub(crate) type Cut = Box<dyn StdError + Send + Sync>;

/// An answer, read to its end.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
pub(crate) enum Lost {
    /// It did not come, or not to its end.
    Cut(Cut),
    /// It was not asked for: the certificate authorities cannot be used.
    Misconfigured(Error),
    /// There is too much of it.
    TooLong(StatusCode),
}

impl<E: Into<Cut>> From<E> for Lost {
    fn from(error: E) -> Self {
        Self::Cut(error.into())
    }
}

/// Reads an answer to its end.
pub(crate) async fn read<B>(response: &mut Response<B>) -> Result<Received, Lost>
where
    B: Body<Data = Bytes, Error: Into<Cut>> + Unpin,
{
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = poll_fn(|cx| Pin::new(response.body_mut()).poll_frame(cx)).await {
        let Ok(chunk) = frame.map_err(Into::into)?.into_data() else {
            // Trailers, which no provider documents.
            continue;
        };
        if first.len() + all.len() + chunk.len() > MAX_ANSWER {
            return Err(Lost::TooLong(response.status()));
        }
        // Most answers come in one piece, which stays where it is.
        if first.is_empty() && all.is_empty() {
            first = chunk;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&chunk);
        }
    }
    Ok(Received {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: match all.is_empty() {
            true => first,
            false => all.freeze(),
        },
    })
}
