use std::path::PathBuf;
use std::time::Duration;

use portal::adapter::{Provider, Setting};
use portal::config::{Config, Rate, ReturnOrigins, similar_name};
use portal::{Error, providers};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyString};

use crate::error::CallError;
use crate::json::{text, typed, wrong_type};

/// The keywords that every provider takes.
const OPTIONS: [&str; 5] = ["timeout", "max_retries", "rate", "ca", "return_origins"];

/// Creates a configuration from the environment and the arguments, which override it. The keywords are
/// the settings that the providers list.
pub(crate) fn config(
    provider: &str,
    timeout: Option<&Bound<'_, PyAny>>,
    max_retries: Option<&Bound<'_, PyAny>>,
    rate: Option<&Bound<'_, PyAny>>,
    ca: Option<&Bound<'_, PyAny>>,
    return_origins: Option<&Bound<'_, PyAny>>,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<Config> {
    let mut config = Config::from_env(provider).map_err(CallError)?;
    let id = config.provider().info.id;
    let with_provider = |error: Error| CallError(error.with_provider(id));
    for (name, value) in settings.into_iter().flatten() {
        let name: String = name.extract()?;
        if !is_known(&name) {
            return Err(unexpected_keyword(&name));
        }
        if value.is_none() {
            continue;
        }
        let Ok(value) = value.cast::<PyString>() else {
            return Err(wrong_type(&name, "str", &value.get_type()));
        };
        // Python's own error would repeat the text, which may be a secret.
        let value = value.to_str().map_err(|_| {
            let message = format!("`{name}` is not Unicode text");
            with_provider(
                Error::configuration(name.clone(), message).with_hint("give it again, as text"),
            )
        })?;
        config.set(&name, value).map_err(with_provider)?;
    }
    if let Some(input) = timeout {
        let seconds = input
            .extract()
            .map_err(|_| wrong_type("timeout", "a number of seconds", &input.get_type()))?;
        config.set_timeout(duration(seconds).map_err(with_provider)?);
    }
    if let Some(input) = max_retries {
        let retries = typed::<PyInt>("max_retries", "int", input)?;
        let retries = retries.extract().map_err(|_| {
            with_provider(
                Error::configuration("max_retries", "`max_retries` is out of range")
                    .with_hint("give 0 for none, or how many attempts may follow the first"),
            )
        })?;
        config.set_max_retries(retries);
    }
    if let Some(input) = rate {
        config.set_rate(parse_rate(input)?.map_err(with_provider)?);
    }
    if let Some(input) = ca {
        let path: PathBuf = input
            .extract()
            .map_err(|_| wrong_type("ca", "a path", &input.get_type()))?;
        config.set_ca_file(path);
    }
    if let Some(input) = return_origins {
        let origins = origins(input)?;
        config.set_return_origins(ReturnOrigins::parse(origins).map_err(with_provider)?);
    }
    Ok(config)
}

fn parse_rate(input: &Bound<'_, PyAny>) -> PyResult<Result<Rate, Error>> {
    if input.is_instance_of::<PyString>() {
        return Ok(text("rate", input)?.parse());
    }
    // `True` is an int to Python, and would mean one request a second.
    match input.cast::<PyInt>() {
        Ok(number) if !input.is_instance_of::<PyBool>() => {
            let number = number.extract::<i64>().unwrap_or_default();
            Ok(number.to_string().parse())
        }
        _ => Err(wrong_type("rate", "an int or 'off'", &input.get_type())),
    }
}

fn origins(input: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    // PyO3 does not treat text as a sequence.
    let origins: Vec<Bound<'_, PyAny>> = input
        .extract()
        .map_err(|_| wrong_type("return_origins", "a sequence of str", &input.get_type()))?;
    let text = |origin: &Bound<'_, PyAny>| text("return_origins", origin).map(str::to_owned);
    origins.iter().map(text).collect()
}

/// Lists the settings that a portal needs. The webhook secret is not one: `verify_webhook` takes it.
pub(crate) fn settings(provider: &Provider) -> impl Iterator<Item = &'static Setting> {
    let settings = provider.settings.iter();
    settings.filter(|setting| setting.name != "webhook_secret")
}

/// Lists the names of the settings of all providers.
fn setting_names() -> impl Iterator<Item = &'static str> {
    let settings = providers().iter().flat_map(settings);
    settings.map(|setting| setting.name)
}

fn is_known(name: &str) -> bool {
    setting_names().any(|known| known == name)
}

/// Creates the `TypeError` for a keyword that is neither an option nor a setting of a provider.
fn unexpected_keyword(name: &str) -> PyErr {
    let known = setting_names().chain(OPTIONS);
    let suggestion = match similar_name(name, known) {
        Some(similar) => format!(". Did you mean '{similar}'?"),
        None => String::new(),
    };
    PyTypeError::new_err(format!(
        "Portal() got an unexpected keyword argument '{name}'{suggestion}"
    ))
}

fn duration(seconds: f64) -> Result<Duration, Error> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(
            Error::configuration("timeout", "`timeout` is not a positive time")
                .with_hint("give seconds above 0, for the whole call"),
        ),
    }
}
