use std::io;
use std::path::Path;
use std::time::Duration;

use portal::config::{Options, read_file, read_to_end};
use portal::diagnostics::Preview;
use portal::request::{Field, parse_json};
use portal::{Client, Customer, Error, JsonObject, LinkRequest, PortalLink, PortalProvider};
use portal_bulk::LinkView;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::{Value, json};

use crate::cli::flags::{key_value, set_twice, with_flag_hint};
use crate::cli::{GlobalArgs, LinkArgs};
use crate::client_config::{config_loader, load_config};
use crate::commands::open_browser::open_browser;
use crate::errors::CommandError;
use crate::output::Printer;
use crate::signals::until_stopped;

/// The maximum size of a flag's file with a JSON object: no provider takes more.
const MAX_OBJECT: usize = 1024 * 1024;

pub(crate) async fn run(
    global: &GlobalArgs,
    arguments: &LinkArgs,
    printer: &Printer,
) -> Result<(), CommandError> {
    create_and_print(global, arguments, printer)
        .await
        .map_err(|error| match error {
            CommandError::Error(error) => {
                CommandError::Error(with_flag_hint(error, |field| arguments.options.has(field)))
            }
            other => other,
        })
}

async fn create_and_print(
    global: &GlobalArgs,
    arguments: &LinkArgs,
    printer: &Printer,
) -> Result<(), CommandError> {
    // The browser and the QR code show the link too.
    if !(arguments.open || arguments.qr || arguments.dry_run) {
        printer.require_stdout()?;
    }
    let time = global.timeout.unwrap_or(Options::default().timeout);
    let request = build_request(arguments, time)?;
    let config = load_config(
        global,
        &config_loader(global)?,
        arguments.provider.as_deref(),
    )?;
    until_stopped(async {
        let client = config.client_on_thread().await?;
        tracing::debug!(provider = client.info().id, "asking for a link");
        if arguments.dry_run {
            return dry_run(&client, &request, *printer);
        }
        let link = client.create_link(&request).await?;
        print_link(&client, &link, *printer)?;
        if arguments.qr {
            printer.stderr(&render_qr(&link)?);
        }
        if arguments.open {
            open_browser(&link).await?;
        }
        Ok(())
    })
    .await
}

/// Builds the request; a pipe that a flag names may take as long as `time`.
fn build_request(arguments: &LinkArgs, time: Duration) -> Result<LinkRequest, CommandError> {
    let request = LinkRequest::new(Customer::default());
    let read = |field, path: &Path| read_object(field, path, time);
    let mut request = arguments.options.add_to(request, read)?;
    for pair in &arguments.extra {
        let (key, text) = key_value("extra", "extra", pair)?;
        if request.fields().extra.contains_key(key) {
            return Err(set_twice("extra", "extra", key).into());
        }
        let name = format!("extra.{key}");
        let value = parse_json(&name, text).map_err(|error| {
            error.duplicate_key().unwrap_or_else(|| {
                Error::invalid(name.clone(), format!("`{name}` is not JSON"))
                    .with_hint("write text in quotes, as in `--extra 'note=\"hello\"'`")
            })
        })?;
        request = request.extra(key, value);
    }
    Ok(if arguments.best_effort {
        request.best_effort()
    } else {
        request
    })
}

/// Reads the object of `field` from a file, or from stdin.
fn read_object(field: Field, path: &Path, time: Duration) -> Result<JsonObject, Error> {
    let refuse = |why: String| {
        Error::invalid(field.as_str(), format!("`{field}` {why}"))
            .with_hint("give a JSON object, like `{\"plan\": \"pro\"}`")
    };
    let text = match path.to_str() {
        Some("-") => read_to_end(io::stdin().lock(), MAX_OBJECT),
        _ => read_file(path, MAX_OBJECT, time),
    };
    let text =
        text.map_err(|error| refuse(format!("cannot be read from `{}`: {error}", path.display())))?;
    let text = str::from_utf8(&text).map_err(|_| refuse("is not UTF-8 text".into()))?;
    match parse_json(field.as_str(), text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(refuse("is not a JSON object".into())),
        Err(error) => Err(error.duplicate_key().unwrap_or_else(|| {
            let (line, column) = (error.line, error.column);
            refuse(format!("is not JSON: line {line} column {column}"))
        })),
    }
}

fn print_link(client: &Client, link: &PortalLink, printer: Printer) -> Result<(), CommandError> {
    if printer.json() {
        return printer.object(&LinkView::new(client.info().id, link));
    }
    printer.data(link.url().expose())?;
    if let Some(time) = link.expires_at {
        printer.fact("expires", &time.to_string());
    }
    if !link.omitted.is_empty() {
        let names: Vec<_> = link
            .omitted
            .iter()
            .map(|field| format!("`{field}`"))
            .collect();
        printer.fact(
            "left out",
            &format!(
                "{}, which {} cannot honour",
                names.join(", "),
                client.info().name
            ),
        );
    }
    Ok(())
}

fn render_qr(link: &PortalLink) -> Result<String, CommandError> {
    let code = QrCode::new(link.url().expose())
        .map_err(|error| CommandError::internal("the link is too long for a QR code", &error))?;
    // Most terminals are dark, and phones also read light codes on dark.
    Ok(code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}

fn dry_run(client: &Client, request: &LinkRequest, printer: Printer) -> Result<(), CommandError> {
    let preview = client.preview(request)?;
    let body = String::from_utf8_lossy(&preview.body);
    let curl = curl_command(&preview, &body);
    if printer.json() {
        let headers: JsonObject = preview
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        return printer.object(&json!({
            "method": preview.method.as_str(), "url": preview.url, "headers": headers, "body": body, "curl": curl,
        }));
    }
    let headers: String = preview
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    printer.data(&format!(
        "{} {}\n{headers}\n{body}\n\n{curl}",
        preview.method, preview.url
    ))
}

fn curl_command(preview: &Preview, body: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut lines = vec![format!(
        "curl --request {} {}",
        preview.method,
        quoted(&preview.url)
    )];
    lines.extend(
        preview
            .headers
            .iter()
            .map(|(name, value)| format!("  --header {}", quoted(&format!("{name}: {value}")))),
    );
    lines.push(format!("  --data-raw {}", quoted(body)));
    lines.join(" \\\n")
}
