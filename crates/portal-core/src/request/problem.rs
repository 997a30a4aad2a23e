use std::hash::{Hash, Hasher};

use crate::Error;

/// A value that did not parse, remembered until the request is planned.
///
/// Two are equal that say the same of the same field, so that requests can be compared.
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
