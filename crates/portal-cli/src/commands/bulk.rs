use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use portal::{Client, Customer, Delivery, Error, LinkRequest, PortalProvider, Spread};
use portal_bulk::{Input, Job, Journal, Meaning, Stop, Stopped, Summary, Tally};

use crate::bulk::progress::{self, Progress};
use crate::bulk::report::{Report, worst};
use crate::bulk::source::{self, Source, is_stdin};
use crate::cli::{Bulk, Global};
use crate::connection::{configure, layers};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::stop;

pub(crate) async fn run(
    global: &Global,
    arguments: &Bulk,
    printer: &Printer,
) -> Result<(), Failure> {
    let mut config = configure(global, &layers(global)?, arguments.provider.as_deref())?;
    config.options.spread = Spread::Evenly;
    if let Some(rate) = arguments.rate {
        config.options.rate = rate;
        config.set_source("rate", portal::Source::Flag("--rate"))?;
    }
    let client = Arc::new(config.client()?);
    let output = match &arguments.output {
        Some(output) if !arguments.dry_run => output,
        _ => return dry_run(&client, arguments, *printer),
    };
    if arguments.strict {
        strict(&client, arguments, *printer)?;
    }
    let meaning = Meaning::new(
        client.info().id,
        source::format(arguments)?,
        arguments.unordered,
        arguments.best_effort,
        &target(&client)?,
    );
    // Before files are made: an input that cannot be read leaves none behind.
    let source = Source::open(&arguments.input)?;
    let mut progress = Progress::new(*printer, &source);
    let input = open(&client, arguments, source)?;
    let journal = match arguments.resume {
        true => Journal::resume(output, &meaning)?,
        false => Journal::begin(output, &meaning)?,
    };
    if !printer.json() && journal.done() + journal.in_flight() > 0 {
        printer.note(&format!(
            "resuming: {} rows are done, {} were in flight",
            journal.done(),
            journal.in_flight()
        ));
    }
    let job = Job {
        provider: &*client,
        concurrency: arguments.concurrency,
        fail_fast: arguments.fail_fast,
    };
    let summary = portal_bulk::run(&job, input, journal, stopper()?, &mut |event| {
        progress.hear(&event);
    })
    .await;
    progress.end();
    tell(&summary?, Some(output), &progress, *printer)
}

/// Ctrl-C asks once, and again.
fn stopper() -> Result<Stop, Failure> {
    let (ask, stop) = Stop::new();
    let mut heard = stop::Stop::listen()?;
    tokio::spawn(async move {
        loop {
            heard.asked().await;
            ask();
        }
    });
    Ok(stop)
}

fn open<R: Read>(client: &Arc<Client>, arguments: &Bulk, source: R) -> Result<Input<R>, Failure> {
    let client = client.clone();
    let check = move |request: &LinkRequest| client.preview(request).map(drop);
    let format = source::format(arguments)?;
    Ok(Input::open(source, format, arguments.best_effort, check)?)
}

/// Names the account that links are made in: where a request would go.
fn target(client: &Client) -> Result<String, Error> {
    let anybody = Customer::from_id("x").with_email("x@example.com");
    let preview = client.preview(&LinkRequest::new(anybody).best_effort())?;
    Ok(preview.url)
}

/// Reads every row, and tells what is wrong with them.
fn check(
    client: &Arc<Client>,
    arguments: &Bulk,
    printer: Printer,
) -> Result<(Tally, Progress), Failure> {
    let source = Source::open(&arguments.input)?;
    let mut progress = Progress::checking(printer, &source);
    let mut input = open(client, arguments, source)?;
    let mut tally = Tally::default();
    while let Some(record) = input.record()? {
        let row = input.read(&record);
        tally.checked(&row);
        if let Err(bad) = &row.request {
            progress.bad(row.place, bad);
        }
        progress.hear(&portal_bulk::Event::Done {
            place: row.place,
            tally: &tally,
        });
    }
    progress.end();
    Ok((tally, progress))
}

fn strict(client: &Arc<Client>, arguments: &Bulk, printer: Printer) -> Result<(), Failure> {
    if is_stdin(&arguments.input) {
        return Err(Error::invalid(
            "strict",
            "`--strict` reads its input twice, and stdin is there once",
        )
        .with_hint("name a file with `--input`")
        .into());
    }
    let (tally, _) = check(client, arguments, printer)?;
    match tally.rows() - tally.links {
        0 => Ok(()),
        bad => {
            let message = format!(
                "{bad} of {} rows are bad, and nothing was sent",
                tally.rows()
            );
            Err(Error::invalid("input", message)
                .with_hint("mend them, or leave out `--strict` to have them skipped")
                .into())
        }
    }
}

fn dry_run(client: &Arc<Client>, arguments: &Bulk, printer: Printer) -> Result<(), Failure> {
    let (tally, progress) = check(client, arguments, printer)?;
    let summary = Summary {
        tally,
        resumed: 0,
        repeated: 0,
        in_flight: 0,
        held: 0,
        stopped: None,
    };
    tell(&summary, None, &progress, printer)
}

/// Prints the summary, and says how the program ends.
fn tell(
    summary: &Summary,
    output: Option<&Path>,
    progress: &Progress,
    printer: Printer,
) -> Result<(), Failure> {
    let report = Report::new(summary, output, progress.time());
    if printer.json() {
        printer.object(&report)?;
    } else {
        printer.note(&report.table(progress.rate()));
    }
    if let Some(stopped) = &summary.stopped {
        if let (Some(output), false) = (output, printer.json()) {
            let how = match stopped {
                Stopped::Interrupted => "go on by `--resume`",
                Stopped::FailFast(_) => "go on by `--resume`: the failed row stays failed",
                Stopped::Refused(_) => "every row would fail like this: mend it, then `--resume`",
                Stopped::Input(_) => "mend the input, then `--resume`",
            };
            printer.note(&format!("`{}` is not complete; {how}", output.display()));
        }
        return Err(progress::failure(stopped));
    }
    match worst(&summary.tally) {
        None => Ok(()),
        Some((kind, _)) => {
            let failed = summary.tally.rows() - summary.tally.links;
            let rows = summary.tally.rows();
            let (delivery, hint) = match output {
                Some(_) => (
                    Delivery::Unknown,
                    "the `error` of each such line says why and what to do",
                ),
                None => (
                    Delivery::NotSent,
                    "mend them, or they are skipped; nothing was sent",
                ),
            };
            let message = format!("{failed} of {rows} rows failed");
            Err(Error::new(kind, delivery, message).with_hint(hint).into())
        }
    }
}
