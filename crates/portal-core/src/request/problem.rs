use std::hash::{Hash, Hasher};

use crate::Error;

/// The error of a value that did not parse, stored until the request is planned.
///
/// Two problems are equal if they have the same field and message, so that requests can be compared.
#[derive(Clone, Debug)]
pub(crate) struct Problem(pub(crate) Error);

impl PartialEq for Problem {
    fn eq(&self, other: &Self) -> bool {
        (self.0.field(), self.0.message()) == (other.0.field(), other.0.message())
    }
}

impl Eq for Problem {}

impl Hash for Problem {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.field(), self.0.message()).hash(state);
    }
}
