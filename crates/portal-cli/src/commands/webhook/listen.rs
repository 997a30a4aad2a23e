use std::fmt;
use std::sync::Arc;

use portal::config::Config;
use portal::{Error, Secret, providers};
use serde_json::json;
use tokio::net::TcpListener;

use super::forwarder::{ForwardedMessage, Forwarder};
use super::verify::read_secret;
use crate::cli::{GlobalArgs, WebhookListenArgs};
use crate::client_config::config_loader;
use crate::errors::CommandError;
use crate::output::{EscapeControl, Printer};
use crate::sandbox::control::Control;
use crate::sandbox::loopback;
use crate::signals::until_stopped;

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &WebhookListenArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    let target = loopback::parse_url(&arguments.forward_to).map_err(|why| {
        Error::invalid(
            "forward_to",
            format!("`--forward-to` does not take this URL: {why}"),
        )
        .with_hint("write it like `http://127.0.0.1:4000/hooks`")
    })?;
    let control = Control::new(global)?;
    let provider = match &arguments.provider {
        Some(id) => Config::new(id)?.provider(),
        None => providers()
            .iter()
            .find(|provider| provider.verifies_webhooks())
            .ok_or_else(|| Error::configuration("provider", "no provider signs webhooks"))?,
    };
    let id = provider.info.id;
    let (secret, is_new) = secret(global, id, arguments)?;
    let (listener, url) = open_port().await.map_err(|error| {
        CommandError::internal("no port can be opened for the webhooks", &error)
    })?;
    let subscription = json!({ "provider": id, "url": url, "secret": secret.expose() });
    let outcome = until_stopped(async {
        control.post("webhooks", &subscription).await?;
        print_start(printer, arguments, &secret, is_new)?;
        let forwarder = Arc::new(Forwarder::new(id, secret.clone(), target));
        let print = |message: &ForwardedMessage| print_message(printer, message);
        forwarder.serve(&listener, print).await
    })
    .await;
    // Otherwise the sandbox would send its messages to a closed port. The call fails if the sandbox has stopped.
    let _ = control.delete("webhooks", &json!({ "url": url })).await;
    match outcome {
        Err(CommandError::Interrupted) => Ok(()),
        other => other,
    }
}

/// Listens on any free port; returns its URL too.
async fn open_port() -> std::io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}/", listener.local_addr()?);
    Ok((listener, url))
}

/// Returns the configured secret, or a new one.
fn secret(
    global: &GlobalArgs,
    provider: &str,
    arguments: &WebhookListenArgs,
) -> Result<(Secret, bool), CommandError> {
    let file = arguments.secret_file.as_deref();
    if file.is_some() || is_secret_set(global, provider)? {
        return Ok((read_secret(global, provider, file)?, false));
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| CommandError::internal("no random secret can be created", &error))?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((format!("whsec_{digits}").into(), true))
}

fn is_secret_set(global: &GlobalArgs, provider: &str) -> Result<bool, Error> {
    let config = config_loader(global)?.config(provider)?;
    let settings = config.effective_settings();
    Ok(settings
        .iter()
        .any(|setting| setting.name == "webhook_secret" && setting.value.is_some()))
}

fn print_start(
    printer: Printer,
    arguments: &WebhookListenArgs,
    secret: &Secret,
    is_new: bool,
) -> Result<(), CommandError> {
    let new_secret = is_new.then(|| secret.expose());
    if printer.json() {
        let forward_to = &arguments.forward_to;
        return printer.object(&json!({ "forward_to": forward_to, "webhook_secret": new_secret }));
    }
    if let Some(secret) = new_secret {
        printer.fact("webhook secret", secret);
    }
    printer.note("Forwarding the sandbox's webhooks. Ctrl-C stops it.");
    Ok(())
}

fn print_message(printer: Printer, message: &ForwardedMessage) -> Result<(), CommandError> {
    match printer.json() {
        true => printer.object(message),
        false => printer.data(&message.to_string()),
    }
}

/// Writes a message on one line: its event's type and id, and the application's status.
impl fmt::Display for ForwardedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_deref().unwrap_or("unreadable");
        let id = self.id.as_deref().unwrap_or("-");
        write!(
            f,
            "{:<23}  {}  ",
            EscapeControl(kind).to_string(),
            EscapeControl(id)
        )?;
        match (&self.status, &self.error) {
            (Some(status), _) => write!(f, "{status}"),
            (None, error) => write!(f, "{}", error.unwrap_or("no answer")),
        }
    }
}
