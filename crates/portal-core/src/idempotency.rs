/// What repeating a call does, in the provider's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// Repeating it changes nothing more; the text says why that is known.
    Idempotent(&'static str),
    /// Repeating it may do something twice, or the provider does not document that it is safe.
    NotIdempotent(&'static str),
}

impl Idempotency {
    /// Says whether a call may be repeated even if the provider may have acted on it.
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        matches!(self, Self::Idempotent(_))
    }
}
