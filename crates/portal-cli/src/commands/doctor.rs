use portal::config::{Config, ConfigLoader, Source};
use portal::diagnostics::{Check, CheckKind, Outcome};
use portal::{Client, Error};

use crate::cli::{Doctor, Global};
use crate::client_config::{config_loader, load_config};
use crate::errors::{CommandError, exit_code};
use crate::output::Printer;
use crate::output::{CheckLine, DoctorView};
use crate::sandbox::with_start_hint;
use crate::signals::until_stopped;

/// The check that comes before anything is sent.
const CONFIGURATION: &str = "configuration";

pub(crate) async fn run(
    global: &Global,
    arguments: &Doctor,
    printer: &Printer,
) -> Result<(), CommandError> {
    let loader = config_loader(global)?;
    let config = load_config(global, &loader, arguments.provider.as_deref())?;
    let checks = until_stopped(check(global, &config)).await?;
    let view = DoctorView {
        info: config.provider().info,
        named_by: named_by(arguments, &loader)?,
        profile: loader.profile(),
        file: loader.file().map(portal::config::ConfigFile::path),
        values: config.effective_settings(),
        checks: &checks,
    };
    match printer.json() {
        true => printer.object(&view.to_json())?,
        false => printer.data(&view.to_string())?,
    }
    worst_failure(&config, &checks)
}

async fn check(global: &Global, config: &Config) -> Result<Vec<CheckLine>, CommandError> {
    Ok(match config.client_on_thread().await {
        Ok(client) => run_checks(global, &client).await,
        Err(error) => skip_checks(error),
    })
}

async fn run_checks(global: &Global, client: &Client) -> Vec<CheckLine> {
    let configured = CheckLine {
        name: CONFIGURATION,
        outcome: Outcome::Passed("every required setting is set".to_owned()),
    };
    let checks = client.diagnostics().await;
    let checks = checks.into_iter().map(|Check { kind, outcome }| CheckLine {
        name: kind.as_str(),
        outcome: match outcome {
            Outcome::Failed(error) => Outcome::Failed(with_start_hint(global, error)),
            other => other,
        },
    });
    [configured].into_iter().chain(checks).collect()
}

/// Skips all other checks, because they need a valid configuration.
fn skip_checks(error: Error) -> Vec<CheckLine> {
    let skipped = CheckKind::ALL.iter().map(|kind| CheckLine {
        name: kind.as_str(),
        outcome: Outcome::Skipped(format!("`{CONFIGURATION}` failed")),
    });
    let failed = CheckLine {
        name: CONFIGURATION,
        outcome: Outcome::Failed(error),
    };
    [failed].into_iter().chain(skipped).collect()
}

fn named_by(arguments: &Doctor, loader: &ConfigLoader) -> Result<Source, Error> {
    Ok(match &arguments.provider {
        Some(_) => Source::Flag("PROVIDER"),
        None => loader
            .provider()?
            .map_or(Source::BuiltIn, |(_, source)| source),
    })
}

/// Returns the worst failure of the checks; the report has the details.
fn worst_failure(config: &Config, checks: &[CheckLine]) -> Result<(), CommandError> {
    let failed = || {
        let failed = checks.iter().map(|line| (line.name, &line.outcome));
        failed.filter_map(|(name, outcome)| match outcome {
            Outcome::Failed(error) => Some((name, error)),
            Outcome::Passed(_) | Outcome::Skipped(_) | Outcome::NotChecked(_) => None,
        })
    };
    let Some((_, worst)) = failed().max_by_key(|(_, error)| exit_code::of_kind(error.kind()))
    else {
        return Ok(());
    };
    let names: Vec<_> = failed().map(|(name, _)| format!("`{name}`")).collect();
    let message = format!("{} failed", names.join(" and "));
    Err(Error::new(worst.kind(), worst.delivery(), message)
        .with_provider(config.provider().info.id)
        .with_hint("the report gives the causes and hints")
        .into())
}
