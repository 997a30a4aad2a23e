use std::process::ExitCode;

use portal::Kind;

use crate::failure::Failure;

/// Returns the exit code that scripts rely on.
pub(crate) fn code(failure: &Failure) -> ExitCode {
    ExitCode::from(match failure {
        Failure::Internal { .. } => 1,
        Failure::Interrupted => 130,
        Failure::Error(error) => of(error.kind()),
    })
}

/// Returns the exit code of a kind of error.
pub(crate) fn of(kind: Kind) -> u8 {
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
