use std::fs;
use std::io::{self, Read};
use std::path::Path;

use portal::{
    Client, Customer, Error, Field, JsonObject, LinkRequest, PortalLink, PortalProvider, Preview,
};
use portal_bulk::LinkView;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::{Value, json};

use crate::cli::{Global, Link};
use crate::client_config::connect_client;
use crate::commands::open_browser::open_browser;
use crate::errors::CommandError;
use crate::flags::hinted;
use crate::output::Printer;

pub(crate) async fn run(
    global: &Global,
    arguments: &Link,
    printer: &Printer,
) -> Result<(), CommandError> {
    create_and_print(global, arguments, printer)
        .await
        .map_err(|failure| match failure {
            CommandError::Error(error) => {
                CommandError::Error(hinted(error, |field| given(arguments, field)))
            }
            other => other,
        })
}

/// Says whether the arguments set a field.
fn given(arguments: &Link, field: Field) -> bool {
    match field {
        Field::CustomerId => arguments.customer.is_some(),
        Field::Email => arguments.email.is_some(),
        Field::SubscriptionId => arguments.subscription.is_some(),
        // The rest is needed by no provider, so what is wrong with it was given.
        _ => true,
    }
}

async fn create_and_print(
    global: &Global,
    arguments: &Link,
    printer: &Printer,
) -> Result<(), CommandError> {
    let request = request(arguments)?;
    let client = connect_client(global, arguments.provider.as_deref())?;
    tracing::debug!(?client, ?request, "asking for a link");
    if arguments.dry_run {
        return dry_run(&client, &request, *printer);
    }
    let link = client.create_link(&request).await?;
    print_link(&client, &link, *printer)?;
    if arguments.qr {
        printer.asked(&render_qr(&link)?);
    }
    if arguments.open {
        open_browser(&link).await?;
    }
    Ok(())
}

fn request(arguments: &Link) -> Result<LinkRequest, CommandError> {
    let mut customer = Customer::default();
    if let Some(id) = &arguments.customer {
        customer = customer.with_id(id.as_str());
    }
    if let Some(email) = &arguments.email {
        customer = customer.with_email(email.as_str());
    }
    let mut request = LinkRequest::new(customer);
    if let Some(id) = &arguments.subscription {
        request = request.subscription(id.as_str());
    }
    if let Some(path) = &arguments.meta_json {
        request = request.metadata(object(path)?);
    }
    for pair in &arguments.meta {
        let (key, value) = key_value(Field::Metadata.as_str(), "meta", pair)?;
        request = request.meta(key, value);
    }
    if let Some(url) = &arguments.return_url {
        request = request.return_url(url)?;
    }
    if let Some(title) = &arguments.page_title {
        request = request.page_title(title.as_str());
    }
    if let Some(yes) = arguments.show_invoices {
        request = request.show_invoices(yes);
    }
    if let Some(yes) = arguments.show_billing_info {
        request = request.show_billing_info(yes);
    }
    if let Some(yes) = arguments.allow_update_billing_info {
        request = request.allow_update_billing_info(yes);
    }
    if let Some(yes) = arguments.allow_cancel {
        request = request.allow_cancel(yes);
    }
    if let Some(when) = arguments.cancel_type {
        request = request.cancel_type(when);
    }
    if let Some(yes) = arguments.allow_switch_plan {
        request = request.allow_switch_plan(yes);
    }
    request = request.products(arguments.product.iter().map(String::as_str));
    for pair in &arguments.extra {
        let (key, text) = key_value("extra", "extra", pair)?;
        let value: Value = serde_json::from_str(text).map_err(|_| {
            Error::invalid(format!("extra.{key}"), format!("`extra.{key}` is not JSON"))
                .with_hint("write text in quotes, as in `--extra 'note=\"hello\"'`")
        })?;
        request = request.extra(key, value);
    }
    Ok(if arguments.best_effort {
        request.best_effort()
    } else {
        request
    })
}

fn key_value<'a>(
    field: &'static str,
    flag: &str,
    pair: &'a str,
) -> Result<(&'a str, &'a str), Error> {
    match pair.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key, value)),
        _ => Err(
            Error::invalid(field, format!("`--{flag}` needs a key and a value"))
                .with_hint(format!("write it like `--{flag} key=value`")),
        ),
    }
}

/// Reads the metadata's object from a file, or from stdin.
fn object(path: &Path) -> Result<JsonObject, Error> {
    let refuse = |why: String| {
        Error::invalid(Field::Metadata.as_str(), format!("`metadata` {why}"))
            .with_hint("give a JSON object, like `{\"plan\": \"pro\"}`")
    };
    let text = match path.to_str() {
        Some("-") => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        }
        _ => fs::read_to_string(path),
    };
    let text =
        text.map_err(|error| refuse(format!("cannot be read from `{}`: {error}", path.display())))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(refuse("is not a JSON object".into())),
        Err(error) => Err(refuse(format!(
            "is not JSON: line {} column {}",
            error.line(),
            error.column()
        ))),
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
    // Light on dark reads on the dark background that most terminals have, and phones read both.
    Ok(code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}

fn dry_run(client: &Client, request: &LinkRequest, printer: Printer) -> Result<(), CommandError> {
    let preview = client.preview(request)?;
    let body = String::from_utf8_lossy(&preview.body);
    let curl = curl(&preview, &body);
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

fn curl(preview: &Preview, body: &str) -> String {
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
