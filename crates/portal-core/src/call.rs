use std::fmt;

use bytes::Bytes;
use http::Request;

use crate::{Answer, Idempotency, Result, lossy_json};

/// The function that reads the answer to a call.
pub type Decode<T> = Box<dyn Fn(&Answer<'_>) -> Result<T> + Send + Sync>;

/// One exchange with a provider: the request to send, and the function that reads the answer.
///
/// The URI is relative and there is no credential in it, so a call can neither leave its base URL
/// nor carry a key to another host.
pub struct Call<T> {
    operation: &'static str,
    idempotency: Idempotency,
    request: Request<Bytes>,
    decode: Decode<T>,
}

impl<T: 'static> Call<T> {
    /// Combines a request with a relative URI and the function that reads its answer, of any status.
    ///
    /// If `decode` fails, it reads the answer once more after [`lossy_json`], if that replaces
    /// anything. So a character that was cut in half does not cost a link that exists.
    pub fn new(
        operation: &'static str,
        idempotency: Idempotency,
        request: Request<Bytes>,
        decode: impl Fn(&Answer<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        debug_assert!(
            request.uri().authority().is_none(),
            "a call's URI is relative"
        );
        Self {
            operation,
            idempotency,
            request,
            decode: Box::new(move |answer| {
                let error = match decode(answer) {
                    Ok(value) => return Ok(value),
                    Err(error) => error,
                };
                match lossy_json(answer.body) {
                    Some(body) => decode(&Answer {
                        body: body.as_bytes(),
                        ..*answer
                    }),
                    None => Err(error),
                }
            }),
        }
    }

    /// Returns the name of the operation, such as `create_link`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Returns whether the call can be repeated without a second effect.
    #[must_use]
    pub fn idempotency(&self) -> Idempotency {
        self.idempotency
    }

    /// Returns the request, with a relative URI and without a credential.
    #[must_use]
    pub fn request(&self) -> &Request<Bytes> {
        &self.request
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// The provider's refusal, or [`Kind::Protocol`](crate::Kind::Protocol) for an answer that is not
    /// documented.
    pub fn decode(&self, answer: &Answer<'_>) -> Result<T> {
        (self.decode)(answer)
    }

    /// Returns the request and the function that reads its answer.
    #[must_use]
    pub fn into_parts(self) -> (Request<Bytes>, Decode<T>) {
        (self.request, self.decode)
    }

    /// Changes the result of reading the answer.
    pub fn map<U: 'static>(self, change: impl Fn(T) -> U + Send + Sync + 'static) -> Call<U> {
        let decode = self.decode;
        Call {
            operation: self.operation,
            idempotency: self.idempotency,
            request: self.request,
            decode: Box::new(move |answer| decode(answer).map(&change)),
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    /// Omits headers and body, which contain personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("idempotency", &self.idempotency)
            .field("method", self.request.method())
            .field("path", &self.request.uri().path())
            .finish_non_exhaustive()
    }
}
