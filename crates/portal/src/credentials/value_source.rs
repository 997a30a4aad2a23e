use portal_core::{Error, Result, Secret};

use crate::bounded_wait::BoundedWait;
use crate::credentials::command::SecretCommand;
use crate::credentials::secret_file::{FileFault, SecretFile};

/// The source of a setting's value.
#[derive(Clone, Debug)]
pub(crate) enum ValueSource {
    /// A fixed value.
    Literal(Secret),
    /// A file, which may be replaced.
    File(SecretFile),
    /// The output of a command, which may change.
    Command(SecretCommand),
}

impl ValueSource {
    /// Reads the value of the setting `name`; a pipe and a command may take as long as `wait`.
    pub(crate) fn read(&self, name: &'static str, wait: BoundedWait<'_>) -> Result<Secret> {
        match self {
            Self::Literal(secret) => Ok(secret.clone()),
            Self::File(file) => file
                .read(wait)
                .map_err(|fault| unusable(name, file, &fault)),
            Self::Command(command) => command
                .run(wait)
                .map_err(|why| command_failed(name, command, &why)),
        }
    }
}

/// Creates the error for a file that is not used.
pub(crate) fn unusable(name: &'static str, file: &SecretFile, fault: &FileFault) -> Error {
    let why = &fault.why;
    let message = match &file.variable {
        Some(variable) => format!("the file that `{variable}` names {why}"),
        None => format!("the file `{}` {why}", file.path.display()),
    };
    Error::configuration(name, message).with_hint(fault.hint)
}

/// Creates the error for a command that fails.
pub(crate) fn command_failed(name: &'static str, command: &SecretCommand, why: &str) -> Error {
    let message = format!("the command `{}` for `{name}` {why}", command.name());
    Error::configuration(name, message).with_hint(
        "run it by hand as this program's user: it must print only the secret, ask nothing at the terminal, and exit with code 0",
    )
}
