//! Turns errors of the argument parser into the form of every other error.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};
use portal::{Error, Kind};

use crate::cli::Cli;
use crate::cli::flags;
use crate::errors::CommandError;
use crate::output::EscapeControl;

/// Every user of the machine can read a command line.
const NO_SECRETS: &str = "secrets are not flags: set a variable, or `NAME_FILE` to a file with the secret; `portal providers` lists them";

/// Explains what is wrong with the arguments, and suggests a correction.
pub(crate) fn explain(error: &clap::Error) -> CommandError {
    let (message, hint) = message_and_hint(error);
    let explanation = Error::not_sent(Kind::Invalid, message).with_hint(hint);
    CommandError::Error(match field(error) {
        Some(field) => explanation.with_field(field),
        None => explanation,
    })
}

fn message_and_hint(error: &clap::Error) -> (String, String) {
    let argument = joined(error, ContextKind::InvalidArg);
    let value = joined(error, ContextKind::InvalidValue);
    let about = format!("see `{} --help`", named_command().1);
    let (message, hint) = match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let secret = ["key", "secret", "token"]
                .iter()
                .any(|word| argument.contains(word));
            let hint = match secret {
                true => Some(NO_SECRETS.to_owned()),
                false => suggestion(error, ContextKind::SuggestedArg),
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
            let hint = missing_command(&command)
                .map(str::to_owned)
                .or_else(|| suggestion(error, ContextKind::SuggestedSubcommand));
            (format!("there is no command `{command}`"), hint)
        }
        ErrorKind::InvalidValue if value.is_empty() => (
            format!("`{argument}` needs a value"),
            one_of(error, ContextKind::ValidValue),
        ),
        ErrorKind::InvalidValue => (
            format!("`{argument}` does not take `{value}`"),
            suggestion(error, ContextKind::SuggestedValue)
                .or_else(|| one_of(error, ContextKind::ValidValue)),
        ),
        ErrorKind::ValueValidation => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            let (why, hint) = match why.split_once("; hint: ") {
                Some((why, hint)) => (why, Some(hint)),
                // Messages of the libraries' parsers.
                None if why == "value was not a boolean" => ("", Some("use `true` or `false`")),
                None if why.ends_with("digit found in string")
                    || why.contains(" is not in 0..") =>
                {
                    ("", Some("use a whole number"))
                }
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
        ErrorKind::MissingRequiredArgument => {
            let verb = match values(error, ContextKind::InvalidArg).len() {
                1 => "is",
                _ => "are",
            };
            (format!("`{argument}` {verb} missing"), missing_hint(error))
        }
        ErrorKind::MissingSubcommand => (
            format!("`{}` needs a command", named_command().1),
            one_of(error, ContextKind::ValidSubcommand),
        ),
        ErrorKind::InvalidUtf8 => ("an argument is not UTF-8".to_owned(), None),
        // The other kinds: internal errors of the parser, and counts of values, which our flags do not use.
        _ => (first_line(error), None),
    };
    (message, hint.unwrap_or(about))
}

/// Returns the values of an error's context, with personal and secret ones masked.
fn values(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    // The parser writes the name of an argument in brackets.
    let is_name = matches!(kind, ContextKind::InvalidArg | ContextKind::PriorArg)
        && error.kind() != ErrorKind::UnknownArgument;
    let value = |text: &str| match is_name {
        true => mask(flag_name(text).trim_matches(['<', '>', '[', ']'])),
        false => mask(flag_name(text)),
    };
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![value(text)],
        Some(ContextValue::Strings(texts)) => texts.iter().map(|text| value(text)).collect(),
        _ => Vec::new(),
    }
}

fn joined(error: &clap::Error, kind: ContextKind) -> String {
    values(error, kind).join("`, `")
}

fn suggestion(error: &clap::Error, kind: ContextKind) -> Option<String> {
    // The most likely one comes last.
    let best = values(error, kind).pop()?;
    Some(format!("did you mean `{best}`?"))
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

/// Explains a command that this build leaves out.
fn missing_command(command: &str) -> Option<&'static str> {
    (cfg!(not(feature = "sandbox")) && matches!(command, "demo" | "sandbox")).then_some(
        "this build has no sandbox; build it with cargo's feature `sandbox`, which is on by default",
    )
}

/// Returns a flag without the name of its value, and other text unchanged.
fn flag_name(text: &str) -> &str {
    match text.starts_with("--") {
        true => text.split(['[', '=', ' ', '.']).next().unwrap_or(text),
        false => text,
    }
}

/// Hides e-mail addresses and URLs, and escapes control characters.
fn mask(text: &str) -> String {
    match ["@", "://"].iter().any(|mark| text.contains(mark)) {
        true => "***".to_owned(),
        false => EscapeControl(text).to_string(),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    mask(line.strip_prefix("error: ").unwrap_or(line))
}

/// Returns the command in the arguments, as far as it is known, and its full name.
fn named_command() -> (Command, String) {
    let mut command = Cli::command();
    let mut name = command.get_name().to_owned();
    for word in std::env::args_os().skip(1) {
        if let Some(inner) = word.to_str().and_then(|word| command.find_subcommand(word)) {
            name = format!("{name} {}", inner.get_name());
            command = inner.clone();
        }
    }
    (command, name)
}

/// Shows the missing arguments with their values and help.
fn missing_hint(error: &clap::Error) -> Option<String> {
    let (command, _) = named_command();
    let missing = values(error, ContextKind::InvalidArg);
    let usages = missing.iter().filter_map(|name| {
        let argument = command
            .get_arguments()
            .find(|argument| match name.strip_prefix("--") {
                Some(long) => argument.get_long() == Some(long),
                None => {
                    argument.is_positional()
                        && name.contains(&argument.get_id().as_str().to_uppercase())
                }
            })?;
        let value = argument.get_value_names().and_then(<[_]>::first);
        let usage = match (argument.get_long(), value) {
            (Some(long), Some(value)) => format!("--{long} {value}"),
            (Some(long), None) => format!("--{long}"),
            (None, value) => value?.to_string(),
        };
        let (help, mut purpose) = (argument.get_help()?.to_string(), String::new());
        let mut letters = help.chars();
        purpose.extend(letters.next().into_iter().flat_map(char::to_lowercase));
        purpose.extend(letters);
        Some(format!("`{usage}`: {purpose}"))
    });
    let usages: Vec<_> = usages.collect();
    (!usages.is_empty()).then(|| format!("add {}", usages.join("; and ")))
}

/// Returns the field that an invalid flag sets, or the flag's own name.
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
