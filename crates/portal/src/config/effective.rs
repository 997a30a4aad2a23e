use std::path::Path;

use portal_core::{BaseUrl, escape_control};
use portal_http::{Options, Rate};

use crate::config::source::Source;
use crate::credentials::value_source::ValueSource;
use crate::providers::declaration::{Provider, Setting};

/// The effective value of a setting or an option, and its source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EffectiveSetting {
    /// The name, as the configuration file has it.
    pub name: &'static str,
    /// The value on one line, `***` for a secret; `None` if it is not set.
    pub value: Option<String>,
    /// Its source.
    pub source: Source,
}

/// Formats a setting. The file or command of a secret is not secret.
pub(crate) fn setting(setting: &Setting, source: &ValueSource) -> String {
    match source {
        ValueSource::Literal(_) if setting.secret => "***".to_owned(),
        // A malformed URL may contain anything, such as a password.
        ValueSource::Literal(text) if setting.name == "base_url" => {
            match text.expose().parse::<BaseUrl>() {
                Ok(base) => base.as_str().to_owned(),
                Err(_) => "not a base URL".to_owned(),
            }
        }
        ValueSource::Literal(text) => escape_control(text.expose()).into_owned(),
        ValueSource::File(file) => {
            format!("*** in {}", escape_control(&file.path.to_string_lossy()))
        }
        ValueSource::Command(command) => {
            format!("*** printed by {}", escape_control(&command.name()))
        }
    }
}

/// Formats an option by its name in the configuration file.
pub(crate) fn option(
    name: &str,
    options: &Options,
    ca: Option<&Path>,
    provider: &Provider,
) -> Option<String> {
    match name {
        "timeout" => Some(format!("{} s", options.timeout.as_secs_f64())),
        "max_retries" => Some(options.retry.max_retries.to_string()),
        "rate" => Some({
            let is_documented = options.rate == Rate::Documented;
            match (options.rate.limit(provider.info), is_documented) {
                (Some(limit), true) => format!("{limit}, as documented"),
                (Some(limit), false) => limit.to_string(),
                (None, true) => "off, since none is documented".to_owned(),
                (None, false) => "off".to_owned(),
            }
        }),
        "ca" => ca.map(|path| escape_control(&path.to_string_lossy()).into_owned()),
        "return_origins" => options
            .return_origins
            .as_ref()
            .map(|origins| origins.origins().collect::<Vec<_>>().join(", ")),
        _ => None,
    }
}
