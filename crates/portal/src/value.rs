use std::path::Path;

use portal_core::BaseUrl;
use portal_http::{Options, Rate};

use crate::origin::Origin;
use crate::{Provider, Setting, Source};

/// A setting or an option, what it is, and which layer of the configuration says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveSetting {
    /// The name, as the configuration file has it.
    pub name: &'static str,
    /// What it is, on one line, and `***` for a secret; `None` where it is not set.
    pub shown: Option<String>,
    /// Who says so.
    pub source: Source,
}

/// Shows a setting; where a secret is said to be elsewhere, the place is no secret.
pub(crate) fn setting(setting: &Setting, origin: &Origin) -> String {
    match origin {
        Origin::Given(_) if setting.secret => "***".to_owned(),
        // What is no address may hold anything, a password for one.
        Origin::Given(text) if setting.name == "base_url" => {
            match text.expose().parse::<BaseUrl>() {
                Ok(base) => base.as_str().to_owned(),
                Err(_) => "not a base URL".to_owned(),
            }
        }
        Origin::Given(text) => printable(text.expose()),
        Origin::File(file) => format!("*** in {}", printable(&file.path.to_string_lossy())),
        Origin::Command(command) => format!("*** printed by {}", printable(&command.name())),
    }
}

/// Shows an option, by the name that the configuration file has for it.
pub(crate) fn option(
    name: &str,
    options: &Options,
    ca: Option<&Path>,
    provider: &Provider,
) -> Option<String> {
    match name {
        "timeout" => Some(format!("{} s", options.timeout.as_secs_f64())),
        "max_retries" => Some(options.retry.max_retries.to_string()),
        "rate" => Some(match (options.rate, provider.info.rate_limit) {
            (Rate::Limit(limit), _) => limit.to_string(),
            (Rate::Documented, Some(limit)) => format!("{limit}, as documented"),
            (Rate::Documented, None) => "off, since none is documented".to_owned(),
            (Rate::Off, _) => "off".to_owned(),
        }),
        "ca" => ca.map(|path| printable(&path.to_string_lossy())),
        "return_origins" => options
            .return_origins
            .as_ref()
            .map(|origins| origins.origins().collect::<Vec<_>>().join(", ")),
        _ => None,
    }
}

/// Keeps a terminal from obeying what a value holds.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|of| match of.is_control() {
            true => of.escape_default().collect::<Vec<_>>(),
            false => vec![of],
        })
        .collect()
}
