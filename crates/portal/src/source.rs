use std::fmt;
use std::path::PathBuf;

/// Which layer of the configuration a value comes from; of several the last one in this order wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Nobody said otherwise.
    #[default]
    BuiltIn,
    /// A line of the configuration file, outside of its profiles.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
    },
    /// A line of a profile in the configuration file.
    Profile {
        /// The profile's name.
        name: String,
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
    },
    /// The environment variable of this name.
    Variable(String),
    /// The command line's flag or argument of this name.
    Flag(&'static str),
    /// The program itself, by a call.
    Program,
}

impl Source {
    /// Returns the layer's word, as JSON has it: `built_in`, `file`, `profile`, `variable`, `flag`
    /// or `program`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built_in",
            Self::File { .. } => "file",
            Self::Profile { .. } => "profile",
            Self::Variable(_) => "variable",
            Self::Flag(_) => "flag",
            Self::Program => "program",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File { path, line } => write!(f, "`{}` line {line}", path.display()),
            Self::Profile { name, path, line } => {
                write!(f, "profile `{name}`, `{}` line {line}", path.display())
            }
            Self::Variable(name) => write!(f, "`{name}`"),
            Self::Flag(name) => write!(f, "`{name}`"),
            Self::Program => f.write_str("the program"),
        }
    }
}
