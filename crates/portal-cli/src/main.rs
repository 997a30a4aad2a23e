//! The `portal` command: customer-portal links from a terminal.
//!
//! A thin door: every decision that a Rust or Python user would need too is made in the `portal`
//! crate. Data goes to stdout, all else to stderr.

mod bulk;
mod cli;
mod commands;
mod connection;
mod event_view;
mod exit;
mod failure;
mod handover;
mod logging;
mod page;
mod printer;
mod stop;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory, FromArgMatches};

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::printer::Printer;

fn main() -> ExitCode {
    let parsed = Cli::command().color(color()).try_get_matches();
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return refuse_arguments(error),
    };
    let printer = Printer::new(cli.command.json(), cli.global.quiet, cli.global.color);
    logging::start(cli.global.verbose);
    // One thread serves a command line's few calls with the least start-up.
    let outcome = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(run(&cli, &printer)),
        Err(error) => Err(Failure::internal("the runtime cannot start", &error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            printer.failure(&failure);
            exit::code(&failure)
        }
    }
}

async fn run(cli: &Cli, printer: &Printer) -> Result<(), Failure> {
    match &cli.command {
        Command::Link(arguments) => tokio::select! {
            made = commands::link::run(&cli.global, arguments, printer) => made,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        },
        Command::Bulk(arguments) => commands::bulk::run(&cli.global, arguments, printer).await,
        Command::Providers(_) => commands::providers::run(printer),
        Command::Demo(arguments) => commands::demo::run(arguments, printer).await,
        Command::Sandbox(arguments) => commands::sandbox::run(arguments, printer).await,
        Command::Webhook(webhook) => commands::webhook::run(webhook, printer),
    }
}

/// Prints what is wrong with the arguments, as JSON where that was asked for.
fn refuse_arguments(error: clap::Error) -> ExitCode {
    let wanted = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if !wanted && std::env::args_os().any(|argument| argument == "--json") {
        let failure = Failure::from_arguments(error);
        Printer::new(true, false, ColorChoice::Never).failure(&failure);
        return exit::code(&failure);
    }
    // A reader that has gone away is nobody to tell.
    let _ = failure::masked(error).print();
    if wanted {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

/// Reads `--color` by itself: help and refused arguments are coloured before the rest is read.
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
