/// Whether a call can be repeated without a second effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// Repeating it changes nothing; the text says why.
    Idempotent(&'static str),
    /// Repeating it may have a second effect; the text says why.
    NotIdempotent(&'static str),
}

impl Idempotency {
    /// Returns whether a call may be repeated even if the provider may have acted on it.
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        matches!(self, Self::Idempotent(_))
    }
}
