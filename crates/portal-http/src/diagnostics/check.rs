use portal_core::Error;

/// One step on the way to a provider, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// The host's name has an address; the proxy's name, where there is a proxy.
    Dns,
    /// Somebody listens there.
    Tcp,
    /// The certificate is good, and TLS is spoken.
    Tls,
    /// HTTP is spoken.
    Http,
    /// This machine's clock is right.
    Clock,
    /// The provider accepts the credential.
    Credentials,
}

impl CheckKind {
    /// Every stage, in order.
    pub const ALL: [Self; 6] = [
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::Http,
        Self::Clock,
        Self::Credentials,
    ];

    /// Returns the word that JSON and people use.
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

/// What became of one stage.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is as it should be; the text says what was seen.
    Passed(String),
    /// It is not.
    Failed(Error),
    /// It was not tried; the text says why.
    Skipped(String),
    /// TestAdapter can know without doing more than looking; the text says why.
    NotChecked(String),
}

/// A stage and what became of it.
#[derive(Clone, Debug)]
pub struct Check {
    /// The stage.
    pub stage: CheckKind,
    /// What became of it.
    pub finding: Outcome,
}
