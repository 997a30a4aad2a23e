use portal::{Delivery, Error, Kind};

use crate::cli::GlobalArgs;

/// The hint for a sandbox that does not run.
pub(crate) const START_HINT: &str = "start `portal sandbox` in another terminal, or name its URL, as in `--sandbox=http://127.0.0.1:9000`";

/// Replaces the hint of a failed connection to the sandbox that `--sandbox` names.
pub(crate) fn with_start_hint(global: &GlobalArgs, error: Error) -> Error {
    let is_missing = error.kind() == Kind::Unavailable && error.delivery() == Delivery::NotSent;
    match global.sandbox.is_some() && is_missing {
        true => error.with_hint(START_HINT),
        false => error,
    }
}
