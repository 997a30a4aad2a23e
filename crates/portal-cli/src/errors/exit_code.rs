use std::process::ExitCode;

use portal::Kind;

use crate::errors::CommandError;

/// Returns the exit code that scripts rely on.
pub(crate) fn exit_code(failure: &CommandError) -> ExitCode {
    ExitCode::from(match failure {
        CommandError::Internal { .. } => 1,
        CommandError::Interrupted => 130,
        CommandError::Error(error) => number_of(error.kind()),
    })
}

/// Returns the number of a kind: the higher, the less the user can do about it.
pub(crate) fn number_of(kind: Kind) -> u8 {
    match kind {
        Kind::Invalid | Kind::Unsupported | Kind::Configuration => 2,
        Kind::Unauthenticated | Kind::Forbidden => 3,
        Kind::NotFound | Kind::NoPortal => 4,
        Kind::Conflict => 5,
        Kind::RateLimited => 6,
        Kind::Timeout | Kind::Unavailable => 7,
        Kind::Protocol => 8,
    }
}
