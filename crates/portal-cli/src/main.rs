//! The `portal` command: creates customer-portal links from a terminal.
//!
//! Logic that Rust and Python users need too is in the `portal` crate. Data goes to stdout, everything
//! else to stderr.

mod cli;
mod client_config;
mod commands;
mod errors;
mod logging;
mod output;
mod provider_prompt;
mod sandbox;
mod signals;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ColorChoice, FromArgMatches};

use crate::cli::{Cli, Command};
use crate::errors::{CommandError, argument_error, exit_code};
use crate::output::Printer;

fn main() -> ExitCode {
    let color = color();
    let parsed = cli::parser()
        .color(color)
        .try_get_matches_from(cli::join_sandbox_url(std::env::args_os()));
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (mut cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return print_help_or_error(&error, color),
    };
    let printer = Printer::new(cli.command.json(), cli.global.quiet, cli.global.color);
    if let Err(error) = cli::refuse_unused_flags(&matches) {
        return print_error(&error.into(), printer);
    }
    logging::start(cli.global.verbose);
    if let Some(provider) = cli.command.provider() {
        // An empty variable counts as not set.
        *provider = provider.take().filter(|id| !id.is_empty());
        // With `--json` the caller is a program, which cannot answer a prompt.
        if provider.is_none() && !printer.json() {
            *provider = provider_prompt::ask_provider(&cli.global);
        }
    }
    // One thread starts fastest and is enough for the few calls of a command.
    let outcome = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(&cli, &printer));
            // A DNS lookup that is still running must not delay the exit.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(CommandError::internal("the runtime cannot start", &error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError::Error(error)) => {
            let error = sandbox::with_start_hint(&cli.global, error);
            print_error(&error.into(), printer)
        }
        Err(error) => print_error(&error, printer),
    }
}

fn print_error(error: &CommandError, printer: Printer) -> ExitCode {
    printer.error(error);
    exit_code::exit_code(error)
}

async fn run(cli: &Cli, printer: &Printer) -> Result<(), CommandError> {
    match &cli.command {
        Command::Link(arguments) => commands::link::run(&cli.global, arguments, printer).await,
        Command::Config(arguments) => commands::config::run(&cli.global, arguments, *printer),
        Command::Doctor(arguments) => commands::doctor::run(&cli.global, arguments, printer).await,
        Command::Bulk(arguments) => commands::bulk::run(&cli.global, arguments, printer).await,
        Command::Providers(_) => commands::providers::run(printer),
        #[cfg(feature = "sandbox")]
        Command::Demo(arguments) => commands::demo::run(arguments, printer).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => {
            commands::sandbox::run(&cli.global, arguments, printer).await
        }
        Command::Webhook(webhook) => commands::webhook::run(&cli.global, webhook, printer).await,
        Command::Completions(arguments) => commands::completions::run(arguments, printer),
        Command::Man(arguments) => commands::man::run(arguments, printer),
    }
}

/// Prints help, the version, or the error in the arguments; an error is JSON with `--json`.
fn print_help_or_error(error: &clap::Error, color: ColorChoice) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    let printer = Printer::new(json, false, color);
    let command_error = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            match printer.data(error.render().ansi().to_string().trim_end()) {
                Ok(()) => return ExitCode::SUCCESS,
                Err(error) => error,
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !json => {
            printer.note(error.render().ansi().to_string().trim_end());
            return ExitCode::from(2);
        }
        _ => argument_error::explain(error),
    };
    print_error(&command_error, printer)
}

/// Reads `--color` before the other arguments, because help and argument errors are coloured too.
fn color() -> ColorChoice {
    let arguments: Vec<_> = std::env::args_os()
        .map(|text| text.to_string_lossy().into_owned())
        .collect();
    let inline = arguments
        .iter()
        .find_map(|text| text.strip_prefix("--color="));
    let word = inline.or_else(|| {
        let at = arguments.iter().position(|text| text == "--color")?;
        arguments.get(at + 1).map(String::as_str)
    });
    word.and_then(|word| word.parse().ok())
        .unwrap_or(ColorChoice::Auto)
}
