use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The reason why a sandbox could not start. Display is the message, then `hint: ` and the next step.
#[derive(Debug, thiserror::Error)]
#[error("{}; hint: {}", self.message(), self.hint())]
#[non_exhaustive]
pub enum Error {
    /// Other machines can reach the listen address, which was not allowed.
    NotLoopback {
        /// The requested address.
        address: SocketAddr,
    },
    /// Another program listens on the address already.
    AddressInUse {
        /// The requested address.
        address: SocketAddr,
    },
    /// The system refuses to listen on the address.
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The database file cannot be opened, read or written.
    Database {
        /// The requested file.
        path: PathBuf,
        /// The error of the system or of the database.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another sandbox uses the database.
    DatabaseInUse {
        /// The requested file.
        path: PathBuf,
    },
    /// The file is a database, but another program's or another version's.
    ForeignDatabase {
        /// The requested file.
        path: PathBuf,
    },
    /// The database was created from a seed with other credentials.
    OtherSeed {
        /// The requested file.
        path: PathBuf,
    },
    /// The seed file cannot be read.
    SeedFile {
        /// The requested file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The seed is no TOML, has keys that do not fit, or contradicts itself.
    Seed {
        /// The line of the text, counted from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The word is not a dialect of OnlineApp.
    UnknownDialect {
        /// The unknown word.
        word: String,
    },
}

impl Error {
    pub(crate) fn database(
        path: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Database {
            path: path.to_owned(),
            source: source.into(),
        }
    }

    /// Returns what went wrong, without the hint.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::NotLoopback { address } => {
                format!("`{address}` can be reached from other machines")
            }
            Self::AddressInUse { address } => format!("`{address}` is in use"),
            Self::Listen { address, .. } => format!("cannot listen on `{address}`"),
            Self::Database { path, .. } => {
                format!("cannot use `{}` as the sandbox's database", path.display())
            }
            Self::DatabaseInUse { path } => {
                format!("another sandbox uses the database `{}`", path.display())
            }
            Self::ForeignDatabase { path } => {
                format!(
                    "`{}` is not a database of this version of the sandbox",
                    path.display()
                )
            }
            Self::OtherSeed { path } => {
                format!(
                    "`{}` was created from a seed with other credentials",
                    path.display()
                )
            }
            Self::SeedFile { path, .. } => {
                format!("cannot read the seed file `{}`", path.display())
            }
            Self::Seed { line, problem } => format!("line {line} of the seed: {problem}"),
            Self::UnknownDialect { word } => format!("`{word}` is not a dialect of OnlineApp"),
        }
    }

    /// Returns what to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotLoopback { .. } => "listen on `127.0.0.1`, or call `allow_non_loopback`",
            Self::AddressInUse { .. } => {
                "stop the program that listens there, or choose another port; port 0 is any free one"
            }
            Self::Listen { .. } => "choose an address of this machine and a port above 1023",
            Self::Database { .. } => "check the path and its permissions, or name a new file",
            Self::DatabaseInUse { .. } => "stop that sandbox, or name another file",
            Self::ForeignDatabase { .. } => "name a new file; this one was left as it is",
            Self::OtherSeed { .. } => "use the seed that it was created from, or name a new file",
            Self::SeedFile { .. } => "check the path and its permissions",
            Self::Seed { .. } => {
                "`portal sandbox seed --print` shows a seed with every key explained"
            }
            Self::UnknownDialect { .. } => "use `classic` or `v3`",
        }
    }
}
