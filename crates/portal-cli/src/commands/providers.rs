use std::fmt::Write;

use anstyle::Style;
use portal::adapter::{Provider, Support, WebhookSigning};
use portal::config::RateLimit;
use portal::providers;
use portal::request::Field;
use serde_json::{Value, json};

use crate::errors::CommandError;
use crate::output::Printer;

const BOLD: Style = Style::new().bold();

/// The width of the right column in an 80-column terminal.
const WIDTH: usize = 80 - 15;

pub(crate) fn run(printer: &Printer) -> Result<(), CommandError> {
    match printer.json() {
        true => printer.object(&providers().iter().map(object).collect::<Vec<_>>()),
        false => printer.data(
            providers()
                .iter()
                .map(text)
                .collect::<Vec<_>>()
                .join("\n\n")
                .trim_end(),
        ),
    }
}

fn object(provider: &Provider) -> Value {
    let info = provider.info;
    let fields: serde_json::Map<_, _> = Field::ALL
        .iter()
        .map(|field| {
            (
                field.to_string(),
                info.capabilities.support(*field).as_str().into(),
            )
        })
        .collect();
    let settings: Vec<_> = provider.settings.iter().map(|setting| json!({
        "name": setting.name, "variable": setting.variable, "secret": setting.secret, "required": setting.required,
    })).collect();
    json!({
        "id": info.id,
        "name": info.name,
        "base_url": info.default_base_url,
        "rate_per_second": info.rate_limit.and_then(RateLimit::as_per_second),
        "creates_customer": info.capabilities.creates_customer,
        "link": { "expiry_known": info.capabilities.link.expiry_known, "safe_to_reuse": info.capabilities.link.safe_to_reuse },
        "webhooks": provider.webhook_signing().as_str(),
        "fields": fields,
        "settings": settings,
    })
}

/// Wraps a list between words, and indents each further line.
fn wrap(list: &str) -> String {
    let mut lines = vec![String::new()];
    for word in list.split_inclusive(' ') {
        let last = lines
            .last_mut()
            .filter(|line| line.len() + word.trim_end().len() <= WIDTH);
        match last {
            Some(line) => line.push_str(word),
            None => lines.push(word.to_owned()),
        }
    }
    let lines: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join(&format!("\n{:15}", ""))
}

fn text(provider: &Provider) -> String {
    let info = provider.info;
    let mut text = format!(
        "{BOLD}{}{BOLD:#} ({}) {}\n",
        info.id, info.name, info.default_base_url
    );
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<12} {}", wrap(value));
    };
    for support in Support::ALL {
        let fields: Vec<_> = info
            .capabilities
            .fields_with(*support)
            .map(Field::as_str)
            .collect();
        let label = match support {
            Support::OneOf => "one of",
            Support::Unneeded => "not needed",
            Support::Required | Support::Supported | Support::Unsupported => support.as_str(),
        };
        if !fields.is_empty() {
            line(label, &fields.join(", "));
        }
    }
    line(
        "customer",
        if info.capabilities.creates_customer {
            "created if unknown"
        } else {
            "must exist"
        },
    );
    line(
        "link",
        if info.capabilities.link.expiry_known {
            "says when it expires"
        } else {
            "does not say when it expires"
        },
    );
    line(
        "webhooks",
        match provider.webhook_signing() {
            WebhookSigning::Verified(_) => "signature verified",
            WebhookSigning::NotBuilt { .. } => "signature documented, not verified yet",
            WebhookSigning::NotDocumented => "signature not documented",
            other => other.as_str(),
        },
    );
    if let Some(limit) = info.rate_limit {
        line("rate", &limit.to_string());
    }
    let variables: Vec<_> = provider
        .settings
        .iter()
        .map(|setting| match setting.required {
            true => setting.variable.to_owned(),
            false => format!("[{}]", setting.variable),
        })
        .collect();
    line("environment", &variables.join(", "));
    text.trim_end().to_owned()
}
