use std::fmt;
use std::path::PathBuf;

/// The source of a configuration value. The last one in this order wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The built-in default.
    #[default]
    BuiltIn,
    /// A line of the configuration file outside of its profiles.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A line of a profile in the configuration file.
    Profile {
        /// The profile's name.
        name: String,
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The environment variable of this name.
    Variable(String),
    /// The command line's flag or argument of this name.
    Flag(&'static str),
    /// A call in the program.
    Program,
}

impl Source {
    /// Returns the name in JSON: `built_in`, `file`, `profile`, `variable`, `flag`
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
            Self::Flag(name) if name.starts_with('-') => write!(f, "`{name}`"),
            Self::Flag(_) => f.write_str("the command line"),
            Self::Program => f.write_str("the program"),
        }
    }
}
