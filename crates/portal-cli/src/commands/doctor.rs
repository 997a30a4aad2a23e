use portal::{Check, CheckKind, Client, Config, ConfigLoader, Error, Outcome, Source};

use crate::cli::{Doctor, Global};
use crate::connection::{configure, layers};
use crate::doctor_view::{DoctorView, Line};
use crate::exit;
use crate::failure::Failure;
use crate::printer::Printer;

/// What is checked before anything is sent.
const CONFIGURATION: &str = "configuration";

pub(crate) async fn run(
    global: &Global,
    arguments: &Doctor,
    printer: &Printer,
) -> Result<(), Failure> {
    let layers = layers(global)?;
    let config = configure(global, &layers, arguments.provider.as_deref())?;
    let checks = match config.client() {
        Ok(client) => checked(&client).await,
        Err(error) => refused(error),
    };
    let view = DoctorView {
        info: config.provider().info,
        named_by: named_by(arguments, &layers)?,
        profile: layers.profile(),
        file: layers.file().map(portal::ConfigFile::path),
        values: config.values(),
        checks: &checks,
    };
    match printer.json() {
        true => printer.object(&view.to_json())?,
        false => printer.data(&view.to_string())?,
    }
    outcome(&config, &checks)
}

async fn checked(client: &Client) -> Vec<Line> {
    let configured = Line {
        name: CONFIGURATION,
        outcome: Outcome::Passed("all that is needed is set".to_owned()),
    };
    let checks = client.diagnostics().await;
    let checks = checks.into_iter().map(|Check { kind, outcome }| Line {
        name: kind.as_str(),
        outcome,
    });
    [configured].into_iter().chain(checks).collect()
}

/// Nothing can be looked at without a configuration.
fn refused(error: Error) -> Vec<Line> {
    let skipped = CheckKind::ALL.iter().map(|kind| Line {
        name: kind.as_str(),
        outcome: Outcome::Skipped(format!("`{CONFIGURATION}` failed")),
    });
    let failed = Line {
        name: CONFIGURATION,
        outcome: Outcome::Failed(error),
    };
    [failed].into_iter().chain(skipped).collect()
}

fn named_by(arguments: &Doctor, layers: &ConfigLoader) -> Result<Source, Error> {
    Ok(match &arguments.provider {
        Some(_) => Source::Flag("PROVIDER"),
        None => layers
            .provider()?
            .map_or(Source::BuiltIn, |(_, source)| source),
    })
}

/// Fails as the worst of the checks did, and leaves the rest to the report.
fn outcome(config: &Config, checks: &[Line]) -> Result<(), Failure> {
    let failed = || {
        let failed = checks.iter().map(|line| (line.name, &line.outcome));
        failed.filter_map(|(name, outcome)| match outcome {
            Outcome::Failed(error) => Some((name, error)),
            Outcome::Passed(_) | Outcome::Skipped(_) | Outcome::NotChecked(_) => None,
        })
    };
    let Some((_, worst)) = failed().max_by_key(|(_, error)| exit::number(error.kind())) else {
        return Ok(());
    };
    let names: Vec<_> = failed().map(|(name, _)| format!("`{name}`")).collect();
    let message = format!("not all is well: {} failed", names.join(" and "));
    Err(Error::new(worst.kind(), worst.delivery(), message)
        .with_provider(config.provider().info.id)
        .with_hint("the report says why, and what to do")
        .into())
}
