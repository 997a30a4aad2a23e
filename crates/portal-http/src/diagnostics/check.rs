use portal_core::Error;

/// One check of the path to a provider, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckKind {
    /// The host name resolves; the proxy's, if there is a proxy.
    Dns,
    /// A server listens at the address.
    Tcp,
    /// The server speaks TLS, with a valid certificate.
    Tls,
    /// The server speaks HTTP.
    Http,
    /// This machine's clock is right.
    Clock,
    /// The provider accepts the credential.
    Credentials,
}

impl CheckKind {
    /// Every check, in order.
    pub const ALL: &[Self] = &[
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::Http,
        Self::Clock,
        Self::Credentials,
    ];

    /// Returns the name in JSON and in texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Clock => "clock",
            Self::Credentials => "credentials",
        }
    }
}

/// The outcome of one check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The check passed; the text says what was found.
    Passed(String),
    /// The check failed.
    Failed(Error),
    /// The check did not run; the text says why.
    Skipped(String),
    /// The check is not possible without side effects; the text says why.
    NotChecked(String),
}

impl Outcome {
    /// Returns the name in JSON: `passed`, `failed`, `skipped` or `not_checked`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
            Self::NotChecked(_) => "not_checked",
        }
    }

    /// Returns what was found, the error's message, or why the check did not run.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Failed(error) => error.message(),
            Self::Passed(text) | Self::Skipped(text) | Self::NotChecked(text) => text,
        }
    }

    /// Returns the error of a check that failed.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Passed(_) | Self::Skipped(_) | Self::NotChecked(_) => None,
        }
    }
}

/// A check and its outcome.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// Which check it is.
    pub kind: CheckKind,
    /// Its outcome.
    pub outcome: Outcome,
}
