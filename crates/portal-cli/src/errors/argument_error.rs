//! Refused arguments, told in the words and the manner of every other error.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};
use portal::{Error, Kind};

use crate::cli::Cli;
use crate::errors::CommandError;
use crate::flags;
use crate::output::EscapeControl;

/// Everybody on the machine can read a command line.
const NO_SECRETS: &str = "no secret is a flag: set a variable, or `NAME_FILE` to a file that holds it; `portal providers` lists them";

/// Tells what is wrong with the arguments, and what was meant or what there is.
pub(crate) fn explain(error: &clap::Error) -> CommandError {
    let (message, hint) = told(error);
    let told = Error::not_sent(Kind::Invalid, message).with_hint(hint);
    CommandError::Error(match field(error) {
        Some(field) => told.with_field(field),
        None => told,
    })
}

fn told(error: &clap::Error) -> (String, String) {
    let argument = joined(error, ContextKind::InvalidArg);
    let value = joined(error, ContextKind::InvalidValue);
    let about = format!("see `{} --help`", named_command());
    let (message, hint) = match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let secret = ["key", "secret", "token"]
                .iter()
                .any(|word| argument.contains(word));
            let hint = match secret {
                true => Some(NO_SECRETS.to_owned()),
                false => meant(error, ContextKind::SuggestedArg),
            };
            (format!("there is no flag `{argument}`"), hint)
        }
        ErrorKind::UnknownArgument => (
            format!("`{argument}` is one argument too many"),
            matches!(argument.as_str(), "true" | "false" | "yes" | "no")
                .then(|| format!("join it to its flag, as in `--allow-cancel={argument}`")),
        ),
        ErrorKind::InvalidSubcommand => {
            let command = joined(error, ContextKind::InvalidSubcommand);
            let hint = left_out(&command)
                .map(str::to_owned)
                .or_else(|| meant(error, ContextKind::SuggestedSubcommand));
            (format!("there is no command `{command}`"), hint)
        }
        ErrorKind::InvalidValue if value.is_empty() => (
            format!("`{argument}` needs a value"),
            one_of(error, ContextKind::ValidValue),
        ),
        ErrorKind::InvalidValue => (
            format!("`{argument}` does not take `{value}`"),
            meant(error, ContextKind::SuggestedValue)
                .or_else(|| one_of(error, ContextKind::ValidValue)),
        ),
        ErrorKind::ValueValidation => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            let (why, hint) = match why.split_once("; hint: ") {
                Some((why, hint)) => (why, Some(hint)),
                // What the parsers of the libraries say.
                None if why == "value was not a boolean" => ("", Some("use `true` or `false`")),
                None if why.ends_with("digit found in string") => ("", Some("use a whole number")),
                None => (why.as_str(), None),
            };
            let message = match why.is_empty() {
                true => format!("`{argument}` does not take `{value}`"),
                false => format!("`{argument}` does not take `{value}`: {why}"),
            };
            (message, hint.map(str::to_owned))
        }
        ErrorKind::ArgumentConflict => {
            let prior = joined(error, ContextKind::PriorArg);
            let argument = match argument.is_empty() {
                true => joined(error, ContextKind::InvalidSubcommand),
                false => argument,
            };
            match prior == argument {
                true => (format!("`{argument}` is given more than once"), None),
                false => (
                    format!("`{argument}` and `{prior}` exclude each other"),
                    None,
                ),
            }
        }
        ErrorKind::MissingRequiredArgument => (format!("`{argument}` is missing"), None),
        ErrorKind::MissingSubcommand => (
            format!("`{}` needs a command", named_command()),
            one_of(error, ContextKind::ValidSubcommand),
        ),
        ErrorKind::InvalidUtf8 => ("an argument is not UTF-8".to_owned(), None),
        // The rest: numbers of values that none of our flags has, and faults of the parser's own.
        _ => (first_line(error), None),
    };
    (message, hint.unwrap_or(about))
}

/// The values of an error's context, with what may be personal or secret masked.
fn values(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![masked(name(text))],
        Some(ContextValue::Strings(texts)) => texts.iter().map(|text| masked(name(text))).collect(),
        _ => Vec::new(),
    }
}

fn joined(error: &clap::Error, kind: ContextKind) -> String {
    values(error, kind).join("`, `")
}

fn meant(error: &clap::Error, kind: ContextKind) -> Option<String> {
    // The likeliest comes last.
    let likeliest = values(error, kind).pop()?;
    Some(format!("did you mean `{likeliest}`?"))
}

fn one_of(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let known: Vec<_> = values(error, kind)
        .iter()
        .filter(|value| *value != "help")
        .map(|value| format!("`{value}`"))
        .collect();
    match known.as_slice() {
        [] => None,
        [one] => Some(format!("use {one}")),
        more => Some(format!("use one of {}", more.join(", "))),
    }
}

/// Says where a command is that this build does not have.
fn left_out(command: &str) -> Option<&'static str> {
    (cfg!(not(feature = "sandbox")) && matches!(command, "demo" | "sandbox")).then_some(
        "this build has no sandbox; one with cargo's feature `sandbox`, which is on by default, has it",
    )
}

/// Returns a flag without the name of its value; all else as it is.
fn name(text: &str) -> &str {
    match text.starts_with("--") {
        true => text.split(['[', '=', ' ', '.']).next().unwrap_or(text),
        false => text,
    }
}

/// Hides e-mail addresses and URLs, and writes out what could steer a terminal.
fn masked(text: &str) -> String {
    match ["@", "://"].iter().any(|mark| text.contains(mark)) {
        true => "***".to_owned(),
        false => EscapeControl(text).to_string(),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    masked(line.strip_prefix("error: ").unwrap_or(line))
}

/// Names the command that the arguments are for, as far as they name one that there is.
fn named_command() -> String {
    let root = Cli::command();
    let (mut command, mut name): (&Command, _) = (&root, root.get_name().to_owned());
    for word in std::env::args_os().skip(1) {
        if let Some(inner) = word.to_str().and_then(|word| command.find_subcommand(word)) {
            name = format!("{name} {}", inner.get_name());
            command = inner;
        }
    }
    name
}

/// Names what a flag with a bad value is about, in the request's own words where it has one.
fn field(error: &clap::Error) -> Option<String> {
    if error.kind() == ErrorKind::UnknownArgument {
        return None;
    }
    let flag = values(error, ContextKind::InvalidArg).into_iter().next()?;
    match flags::field(&flag) {
        Some(field) => Some(field.to_string()),
        None => Some(flag.strip_prefix("--")?.replace('-', "_")),
    }
}
