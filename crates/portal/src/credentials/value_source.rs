use std::time::Duration;

use portal_core::{Error, Result, Secret};

use crate::credentials::command::SecretCommand;
use crate::credentials::secret_file::SecretFile;

/// Where the value of a setting comes from.
#[derive(Clone, Debug)]
pub(crate) enum ValueSource {
    /// A fixed value.
    Given(Secret),
    /// A file, which may be replaced.
    File(SecretFile),
    /// The output of a command, which may change.
    Command(SecretCommand),
}

impl ValueSource {
    /// Reads the value of the setting `name`; a command may take as long as `limit`.
    pub(crate) fn read(&self, name: &'static str, limit: Duration) -> Result<Secret> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::File(file) => file.read().map_err(|why| unreadable(name, file, &why)),
            Self::Command(command) => command
                .run(limit)
                .map_err(|why| command_failed(name, command, &why)),
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

/// Makes the error for a command that fails.
pub(crate) fn command_failed(name: &'static str, command: &SecretCommand, why: &str) -> Error {
    let message = format!("the command `{}` for `{name}` {why}", command.name());
    Error::configuration(name, message).with_hint(
        "run it by hand as this program's user: it must print only the secret and exit with code 0",
    )
}
