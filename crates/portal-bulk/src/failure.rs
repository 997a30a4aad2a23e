use portal_core::{Delivery, Error, Kind};

use crate::output::output_line::ParsedError;

/// Which later run sends a failed row again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// Any later run: the provider did nothing, and a repetition may succeed without a correction.
    Resume,
    /// A run that retries failed rows: the provider did nothing, and the row may need a correction.
    RetryFailed,
    /// No run: a link may exist.
    Never,
}

/// The facts about a failed row that counts and later runs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) is_sent: bool,
    pub(crate) repetition: Repetition,
}

impl Failure {
    pub(crate) fn of_error(error: &Error) -> Self {
        Self::new(
            error.kind(),
            error.delivery(),
            error.is_retryable(),
            error.attempts(),
        )
    }

    /// Returns the failure of an earlier run's line; `None` if one of its words is unknown.
    pub(crate) fn of_line(error: &ParsedError) -> Option<Self> {
        let kind = Kind::ALL.iter().find(|kind| kind.as_str() == error.kind);
        let delivery = Delivery::ALL
            .iter()
            .find(|delivery| delivery.as_str() == error.delivery);
        Some(Self::new(
            *kind?,
            *delivery?,
            error.retryable,
            error.attempts,
        ))
    }

    fn new(kind: Kind, delivery: Delivery, is_retryable: bool, attempts: u32) -> Self {
        let repetition = match delivery {
            Delivery::NotSent | Delivery::Refused if is_retryable => Repetition::Resume,
            Delivery::NotSent | Delivery::Refused => Repetition::RetryFailed,
            _ => Repetition::Never,
        };
        Self {
            kind,
            is_sent: attempts > 0,
            repetition,
        }
    }
}
