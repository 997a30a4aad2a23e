use std::io::{ErrorKind, Read};
use std::sync::Arc;

use portal::config::Spread;
use portal::{Client, Customer, Delivery, Error, Kind, LinkRequest, PortalProvider};
use portal_bulk::{
    Counts, Input, RunFingerprint, RunOptions, RunOutput, StopReason, StopRequest, Summary,
};

use crate::cli::{BulkArgs, GlobalArgs};
use crate::client_config::{config_loader, load_config};
use crate::commands::bulk::input_file::{InputFile, input_options, is_stdin, row_format};
use crate::commands::bulk::output_target::OutputTarget;
use crate::commands::bulk::progress::{self, Progress};
use crate::commands::bulk::report::{BulkReport, retryable_rows, worst_kind};
use crate::errors::CommandError;
use crate::output::Printer;
use crate::signals::{ExitOnSignal, StopSignals, until_stopped};

pub(crate) async fn run(
    global: &GlobalArgs,
    arguments: &BulkArgs,
    printer: &Printer,
) -> Result<(), CommandError> {
    let output = OutputTarget::of(arguments)?.filter(|_| !arguments.dry_run);
    if let Some(OutputTarget::Stdout) = output {
        printer.require_stdout()?;
    }
    let loader = config_loader(global)?;
    let mut config = load_config(global, &loader, arguments.provider.as_deref())?;
    config.set_spread(Spread::Evenly);
    if let Some(rate) = arguments.rate {
        config.set_rate(rate);
        config.set_source("rate", portal::config::Source::Flag("--rate"))?;
    }
    let client = Arc::new(until_stopped(async { Ok(config.client_on_thread().await?) }).await?);
    // Checking rows and opening files blocks this thread, so another one handles signals.
    let exit_on_signal = ExitOnSignal::start(*printer)?;
    let Some(output) = output else {
        return dry_run(&client, arguments, *printer);
    };
    if arguments.strict {
        check_all(&client, arguments, *printer)?;
    }
    let fingerprint = RunFingerprint::new(
        client.info().id,
        row_format(arguments)?,
        arguments.unordered,
        arguments.best_effort,
        &target(&client)?,
    )
    .with_account(client.account_fingerprint(), loader.profile());
    // Opened first, so that an unreadable input leaves no files behind.
    let source = InputFile::open(&arguments.input)?;
    let mut progress = Progress::new(*printer, &source, output.is_terminal());
    let input = open(&client, arguments, source.reader)?;
    if let Err(error) = client.warm_up().await {
        // The calls of the first rows report the same error.
        tracing::debug!("no connection ahead of the first row: {}", error.message());
    }
    let opened = output.open(arguments, &fingerprint)?;
    if !printer.json() {
        print_start(&opened, *printer);
    }
    let mut options = RunOptions::new(&*client);
    options.concurrency = arguments.concurrency;
    options.fail_fast = arguments.fail_fast;
    options.give_up_after = arguments.give_up_after;
    let stop = stop_request()?;
    drop(exit_on_signal);
    let summary = portal_bulk::run(&options, input, opened, stop, &mut |event| {
        progress.record(&event);
    })
    .await;
    progress.end();
    print_summary(&summary?, Some(output), &progress, *printer)
}

/// Prints what an earlier run did, or that no later run can resume this one.
fn print_start(output: &RunOutput, printer: Printer) {
    let RunOutput::Files(files) = output else {
        return printer.note("this run writes to stdout, so it cannot be resumed");
    };
    if files.done() + files.in_flight() == 0 {
        return;
    }
    let retries = match files.retries() {
        0 => String::new(),
        rows => format!(", {rows} failed and are sent again"),
    };
    printer.note(&format!(
        "resuming: {} rows are finished, {} were in flight{retries}",
        files.done(),
        files.in_flight()
    ));
}

/// Turns each signal into a request to stop.
fn stop_request() -> Result<StopRequest, CommandError> {
    let (request, stop) = StopRequest::new();
    let mut signals = StopSignals::listen()?;
    tokio::spawn(async move {
        loop {
            signals.next().await;
            request();
        }
    });
    Ok(stop)
}

fn open<R: Read>(
    client: &Arc<Client>,
    arguments: &BulkArgs,
    source: R,
) -> Result<Input<R>, CommandError> {
    let client = client.clone();
    let check = move |request: &LinkRequest| client.preview(request).map(drop);
    Ok(Input::open(source, &input_options(arguments)?, check)?)
}

/// Returns the URL that requests go to, which names the paywall of some accounts.
fn target(client: &Client) -> Result<String, Error> {
    let customer = Customer::from_id("x").with_email("x@example.com");
    let preview = client.preview(&LinkRequest::new(customer).best_effort())?;
    Ok(preview.url)
}

/// Parses every row, and prints the errors.
fn check(
    client: &Arc<Client>,
    arguments: &BulkArgs,
    printer: Printer,
) -> Result<(Counts, Progress), CommandError> {
    let source = InputFile::open(&arguments.input)?;
    let mut progress = Progress::for_check(printer, &source);
    let mut input = open(client, arguments, source.reader)?;
    let mut counts = Counts::default();
    while let Some(raw) = input.next_row()? {
        let row = input.parse(&raw);
        counts.add_checked(&row);
        if let Err(error) = &row.request {
            progress.invalid_row(row.position, error);
        }
        progress.record(&portal_bulk::RunEvent::RowDone {
            position: row.position,
            counts: &counts,
        });
    }
    progress.end();
    Ok((counts, progress))
}

fn check_all(
    client: &Arc<Client>,
    arguments: &BulkArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    if is_stdin(&arguments.input) {
        return Err(Error::invalid(
            "strict",
            "`--strict` reads its input twice, but stdin can be read only once",
        )
        .with_hint("name a file with `--input`")
        .into());
    }
    let (counts, _) = check(client, arguments, printer)?;
    match counts.rows() - counts.links {
        0 => Ok(()),
        invalid => {
            let message = format!(
                "{invalid} of {} rows are invalid, and nothing was sent",
                counts.rows()
            );
            Err(Error::invalid("input", message)
                .with_hint("fix them, or leave out `--strict` to skip them")
                .into())
        }
    }
}

fn dry_run(
    client: &Arc<Client>,
    arguments: &BulkArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    let (counts, progress) = check(client, arguments, printer)?;
    print_summary(&Summary::new(counts), None, &progress, printer)
}

/// Prints the summary, and returns the error that decides the exit code.
fn print_summary(
    summary: &Summary,
    output: Option<OutputTarget<'_>>,
    progress: &Progress,
    printer: Printer,
) -> Result<(), CommandError> {
    let report = BulkReport::new(summary, output.map(OutputTarget::path), progress.time());
    let is_resumable = output.is_none_or(OutputTarget::is_resumable);
    match printer.json() {
        true if is_resumable => printer.object(&report)?,
        // stdout has the links.
        true => printer.stderr(&Printer::json_text(&report)?),
        false => printer.note(&report.table(progress.final_rate(), is_resumable)),
    }
    if summary.unwritten > 0 && printer.quiet() && !printer.json() {
        printer.stderr(&format!(
            "{} finished rows were not written; {} links are lost",
            summary.unwritten, summary.unwritten_links
        ));
    }
    if let Some(stopped) = &summary.stopped {
        if let (Some(OutputTarget::File(path)), false) = (output, printer.json()) {
            let how = match stopped {
                StopReason::FailFast(_) => {
                    "continue with `--resume`, or with `--retry-failed` after the cause is fixed"
                }
                StopReason::Refused(_) => {
                    "every row would fail like this; fix it, then use `--resume`"
                }
                StopReason::GaveUp(_) => {
                    "the provider served no row for too long; use `--resume` when it is back"
                }
                StopReason::Input(_) => "fix the input, then use `--resume`",
                _ => "continue with `--resume`",
            };
            printer.note(&format!("`{}` is not complete; {how}", path.display()));
        }
        return match stopped {
            StopReason::WriteFailed(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            _ => Err(progress::stop_error(stopped)),
        };
    }
    match worst_kind(&summary.counts) {
        None => Ok(()),
        Some(kind) => Err(rows_failed(kind, &summary.counts, output).into()),
    }
}

/// Returns the error of a run that reached the end of its input, but not a link for every row.
fn rows_failed(kind: Kind, counts: &Counts, output: Option<OutputTarget<'_>>) -> Error {
    let (rows, failed) = (counts.rows(), counts.rows() - counts.links);
    let message = format!("{failed} of {rows} rows failed");
    let Some(output) = output else {
        return Error::new(kind, Delivery::NotSent, message)
            .with_hint("nothing was sent; fix these rows, or a run skips them");
    };
    let retryable = retryable_rows(counts);
    let repeatable = failed - counts.may_be_done;
    let mut hint = "the `error` of each failed line gives the cause and a hint".to_owned();
    if !output.is_resumable() && repeatable > 0 {
        hint.push_str(&format!(
            "; {repeatable} rows have the `delivery` `not_sent` or `refused`, and can be sent again from another input"
        ));
    }
    if output.is_resumable() && retryable > 0 {
        hint.push_str(&format!("; `--resume` sends {retryable} rows again"));
    }
    if output.is_resumable() && repeatable > retryable {
        hint.push_str(&format!(
            "; after the cause is fixed, `--retry-failed` sends {repeatable} rows again"
        ));
    }
    let delivery = match counts.may_be_done {
        0 => Delivery::Refused,
        _ => Delivery::Unknown,
    };
    Error::new(kind, delivery, message).with_hint(hint)
}
