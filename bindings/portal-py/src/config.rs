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

/// Reads the environment, then puts the arguments over it: the keywords are the settings that the
/// providers list.
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
    let named = |error: Error| CallError(error.with_provider(id));
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
        // Python's own error would carry the text, and this may be a secret.
        let value = value.to_str().map_err(|_| {
            let message = format!("`{name}` is not Unicode text");
            named(Error::configuration(name.clone(), message).with_hint("give it again, as text"))
        })?;
        config.set(&name, value).map_err(named)?;
    }
    if let Some(given) = timeout {
        let seconds = given
            .extract()
            .map_err(|_| wrong_type("timeout", "a number of seconds", &given.get_type()))?;
        config.set_timeout(duration(seconds).map_err(named)?);
    }
    if let Some(given) = max_retries {
        let retries = typed::<PyInt>("max_retries", "int", given)?;
        let retries = retries.extract().map_err(|_| {
            named(
                Error::configuration("max_retries", "`max_retries` is out of range")
                    .with_hint("give 0 for none, or how many attempts may follow the first"),
            )
        })?;
        config.set_max_retries(retries);
    }
    if let Some(given) = rate {
        config.set_rate(parse_rate(given)?.map_err(named)?);
    }
    if let Some(given) = ca {
        let path: PathBuf = given
            .extract()
            .map_err(|_| wrong_type("ca", "a path", &given.get_type()))?;
        config.set_ca_file(path);
    }
    if let Some(given) = return_origins {
        let origins = origins(given)?;
        config.set_return_origins(ReturnOrigins::parse(origins).map_err(named)?);
    }
    Ok(config)
}

fn parse_rate(given: &Bound<'_, PyAny>) -> PyResult<Result<Rate, Error>> {
    if given.is_instance_of::<PyString>() {
        return Ok(text("rate", given)?.parse());
    }
    // `True` is an int to Python, and would mean one request a second.
    match given.cast::<PyInt>() {
        Ok(number) if !given.is_instance_of::<PyBool>() => {
            let number = number.extract::<i64>().unwrap_or_default();
            Ok(number.to_string().parse())
        }
        _ => Err(wrong_type("rate", "an int or 'off'", &given.get_type())),
    }
}

fn origins(given: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    // PyO3 reads no text as a sequence.
    let origins: Vec<Bound<'_, PyAny>> = given
        .extract()
        .map_err(|_| wrong_type("return_origins", "a sequence of str", &given.get_type()))?;
    let text = |origin: &Bound<'_, PyAny>| text("return_origins", origin).map(str::to_owned);
    origins.iter().map(text).collect()
}

/// Lists what connects a portal. The secret of webhooks does not: `verify_webhook` is given it.
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

/// Makes the `TypeError` for a keyword that is neither an option nor a setting of a provider.
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
