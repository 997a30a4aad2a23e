use portal::config::Config;
use portal::diagnostics::{CheckKind, Outcome};
use portal::{Client, Error};
use serde_json::json;

use crate::cli::{DoctorArgs, GlobalArgs};
use crate::client_config::{all_configs, config_loader, load_config, nothing_configured};
use crate::errors::{CommandError, exit_code};
use crate::output::{CheckLine, DoctorView, Printer, SettingsView, named_by};
use crate::sandbox::with_start_hint;
use crate::signals::until_stopped;

/// The check that comes before anything is sent.
const CONFIGURATION: &str = "configuration";

/// A provider's configuration, and the checks with it.
type ProviderChecks = (Config, Vec<CheckLine>);

pub(crate) async fn run(
    global: &GlobalArgs,
    arguments: &DoctorArgs,
    printer: &Printer,
) -> Result<(), CommandError> {
    let loader = config_loader(global)?;
    let named = arguments.provider.as_deref().filter(|id| !id.is_empty());
    let named_by = match arguments.all {
        true => None,
        false => named_by(named.is_some(), &loader)?,
    };
    let configs = match named_by {
        Some(_) => vec![load_config(global, &loader, named)?],
        None => all_configs(global, &loader)?,
    };
    // A base URL belongs to one provider only.
    let is_ambiguous = configs.len() > 1 && global.base_url.is_some();
    if configs.is_empty() || is_ambiguous {
        return Err(nothing_configured(&loader));
    }
    let reports = until_stopped(async {
        let mut reports = Vec::new();
        for config in configs {
            let checks = check(global, &config).await?;
            reports.push((config, checks));
        }
        Ok(reports)
    })
    .await?;
    let views: Vec<_> = reports
        .iter()
        .map(|(config, checks)| DoctorView {
            settings: SettingsView::new(config, &loader, named_by.clone()),
            checks,
        })
        .collect();
    let is_list = arguments.all || views.len() > 1;
    if printer.json() {
        let mut views: Vec<_> = views.iter().map(DoctorView::to_json).collect();
        match is_list {
            true => printer.object(&json!({ "providers": views }))?,
            false => printer.object(&views.remove(0))?,
        }
    } else {
        let texts: Vec<_> = views.iter().map(ToString::to_string).collect();
        printer.data(&texts.join("\n\n"))?;
    }
    worst_failure(&reports)
}

async fn check(global: &GlobalArgs, config: &Config) -> Result<Vec<CheckLine>, CommandError> {
    Ok(match config.client_on_thread().await {
        Ok(client) => run_checks(global, &client).await,
        Err(error) => skip_checks(error),
    })
}

async fn run_checks(global: &GlobalArgs, client: &Client) -> Vec<CheckLine> {
    let configured = CheckLine {
        name: CONFIGURATION,
        outcome: Outcome::Passed("every required setting is set".to_owned()),
    };
    let checks = client.diagnostics().await;
    let checks = checks.into_iter().map(|check| CheckLine {
        name: check.kind.as_str(),
        outcome: match check.outcome {
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

/// Returns the worst failure of the checks; the report has the details.
fn worst_failure(reports: &[ProviderChecks]) -> Result<(), CommandError> {
    let failed = || {
        let lines = reports.iter().flat_map(|(config, checks)| {
            let id = config.provider().info.id;
            checks.iter().map(move |line| (id, line))
        });
        lines.filter_map(|(id, line)| Some((id, line.name, line.outcome.error()?)))
    };
    let Some((id, _, worst)) = failed().max_by_key(|(.., error)| exit_code::of_kind(error.kind()))
    else {
        return Ok(());
    };
    let name = |(id, name, _): (&str, &str, &Error)| match reports.len() {
        1 => format!("`{name}`"),
        _ => format!("`{name}` of `{id}`"),
    };
    let names: Vec<_> = failed().map(name).collect();
    let message = format!("{} failed", names.join(" and "));
    Err(Error::new(worst.kind(), worst.delivery(), message)
        .with_provider(id)
        .with_hint("the report gives the causes and hints")
        .into())
}
