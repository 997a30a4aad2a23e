use std::process::ExitCode;

use portal::Kind;

use crate::errors::CommandError;

/// The exit code after a signal.
pub(crate) const INTERRUPTED: u8 = 130;

/// Returns the documented exit code.
pub(crate) fn exit_code(error: &CommandError) -> ExitCode {
    ExitCode::from(match error {
        CommandError::Internal { .. } | CommandError::ClosedStdout => 1,
        CommandError::Interrupted => INTERRUPTED,
        CommandError::Error(error) => of_kind(error.kind()),
    })
}

/// Returns the exit code of a kind of error: the higher, the less the user can do about it.
pub(crate) fn of_kind(kind: Kind) -> u8 {
    match kind {
        Kind::Invalid | Kind::Unsupported | Kind::Configuration => 2,
        Kind::Unauthenticated | Kind::Forbidden => 3,
        Kind::NotFound | Kind::NoPortal => 4,
        Kind::Conflict => 5,
        Kind::RateLimited => 6,
        Kind::Timeout | Kind::Unavailable => 7,
        Kind::Protocol => 8,
        // A kind that is newer than this command; the test below finds it.
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_a_documented_exit_code() {
        for kind in Kind::ALL {
            assert!((2..=8).contains(&of_kind(*kind)), "{kind:?}");
        }
    }
}
