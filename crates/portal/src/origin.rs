use std::time::Duration;

use portal_core::{Error, Result, Secret};

use crate::command::SecretCommand;
use crate::secret_file::SecretFile;

/// Where a setting's value comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// It was given, and stays what it is.
    Given(Secret),
    /// A file holds it, and may be replaced.
    File(SecretFile),
    /// A command prints it, and may print another one later.
    Command(SecretCommand),
}

impl Origin {
    /// Reads the value of the setting `name`; a command may take as long as `limit`.
    pub(crate) fn read(&self, name: &'static str, limit: Duration) -> Result<Secret> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::File(file) => file.read().map_err(|why| unreadable(name, file, &why)),
            Self::Command(command) => command
                .run(limit)
                .map_err(|why| failed(name, command, &why)),
        }
    }
}

/// Makes the error for a file that cannot be read.
pub(crate) fn unreadable(name: &'static str, file: &SecretFile, why: &str) -> Error {
    let message = match &file.variable {
        Some(variable) => format!("the file that `{variable}` names cannot be read: {why}"),
        None => format!("the file `{}` cannot be read: {why}", file.path.display()),
    };
    Error::configuration(name, message).with_hint("check the path and its permissions")
}

/// Makes the error for a command that prints no secret.
pub(crate) fn failed(name: &'static str, command: &SecretCommand, why: &str) -> Error {
    let message = format!("the command `{}` for `{name}` {why}", command.name());
    Error::configuration(name, message).with_hint(
        "run it by hand as this program's user: it must print the secret alone and end with exit code 0",
    )
}
