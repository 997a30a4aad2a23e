use std::io::{self, Read};
use std::path::Path;

use portal::config::{Config, read_to_end};
use portal::webhook::verify_signature;
use portal::{Error, Secret};

use crate::cli::{GlobalArgs, WebhookVerifyArgs};
use crate::client_config::config_loader;
use crate::errors::CommandError;
use crate::output::EventView;
use crate::output::Printer;

/// The maximum size of a message, in bytes; events have a few kilobytes.
const MAX_BODY: usize = 1024 * 1024;

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &WebhookVerifyArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    // Before reading stdin, so that a missing secret is reported first.
    let secret = read_secret(
        global,
        &arguments.provider,
        arguments.secret_file.as_deref(),
    )?;
    let body = read_body(io::stdin().lock())?;
    let event = verify_signature(&arguments.provider, &arguments.signature, &body, &secret)?;
    if !event.unread.is_empty() {
        printer.fact(
            "not as documented",
            &format!("{}, treated as absent", event.unread.join(", ")),
        );
    }
    let view = EventView::new(&event);
    match printer.json() {
        true => printer.object(&view),
        false => printer.data(&view.to_string()),
    }
}

/// Reads the secret of a provider's webhooks from the file, or from the configuration.
pub(super) fn read_secret(
    global: &GlobalArgs,
    provider: &str,
    file: Option<&Path>,
) -> Result<Secret, Error> {
    let mut config = match file {
        None => config_loader(global)?.config(provider)?,
        Some(path) => {
            let mut config = Config::new(provider)?;
            if config.provider().verifies_webhooks() {
                config.set_from_file("webhook_secret", path)?;
            }
            config
        }
    };
    if let Some(time) = global.timeout {
        config.set_timeout(time);
    }
    config.webhook_secret()
}

fn read_body(input: impl Read) -> Result<Vec<u8>, CommandError> {
    match read_to_end(input, MAX_BODY) {
        Ok(body) => Ok(body.to_vec()),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            let error = Error::invalid("body", "the body is longer than 1 MiB")
                .with_hint("pass only the body of one message");
            Err(error.into())
        }
        Err(error) => Err(CommandError::internal("stdin cannot be read", &error)),
    }
}
