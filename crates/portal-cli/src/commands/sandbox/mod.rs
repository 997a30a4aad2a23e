mod clock;
mod fault;
mod journal;
mod rate_limit;
mod reset;
mod state;

use std::io;
use std::path::Path;

use portal::config::{Options, read_file};
use portal_sandbox::Seed;

use crate::cli::{GlobalArgs, SandboxArgs, SandboxCommand};
use crate::errors::CommandError;
use crate::output::Printer;
use crate::signals::{StopSignals, until_stopped};

/// The maximum size of a seed file.
const MAX_SEED: usize = 1024 * 1024;

pub(crate) async fn run(
    global: &GlobalArgs,
    arguments: &SandboxArgs,
    printer: &Printer,
) -> Result<(), CommandError> {
    let Some(command) = &arguments.command else {
        return serve(arguments, printer).await;
    };
    let printer = *printer;
    until_stopped(async {
        match command {
            SandboxCommand::Clock(clock) => clock::run(global, clock, printer).await,
            SandboxCommand::Fault(fault) => fault::run(global, fault, printer).await,
            SandboxCommand::Journal(_) => journal::run(global, printer).await,
            SandboxCommand::RateLimit(limit) => rate_limit::run(global, limit, printer).await,
            SandboxCommand::Reset(_) => reset::run(global, printer).await,
            // `--print` is required: it is the only action on a seed.
            SandboxCommand::Seed(_) => printer.data(Seed::DEFAULT.trim_end()),
            SandboxCommand::State(_) => state::run(global, printer).await,
        }
    })
    .await
}

async fn serve(arguments: &SandboxArgs, printer: &Printer) -> Result<(), CommandError> {
    let mut builder = portal_sandbox::Sandbox::builder()
        .listen(arguments.listen)
        .onlineapp_dialect(arguments.onlineapp_dialect);
    if let Some(path) = &arguments.db {
        builder = builder.database(path);
    }
    if let Some(path) = &arguments.seed {
        builder = builder.seed(read_seed(path)?);
    }
    if arguments.allow_non_loopback {
        builder = builder.allow_non_loopback();
    }
    // Listens first: a program may stop the sandbox as soon as it reads the URL.
    let mut signals = StopSignals::listen()?;
    let server = builder.start().await?;
    if printer.json() {
        printer.object(server.info())?;
    } else {
        let url = server.url();
        printer.data(url)?;
        printer.note(&format!(
            "Both providers answer here, with demo data. In another terminal:\n\n  \
             portal link kwik --sandbox={url} --customer cus_demo_active --subscription sub_demo_active\n  \
             portal link onlineapp --sandbox={url} --email user@example.com\n\n\
             Ctrl-C stops it."
        ));
    }
    signals.next().await;
    server.shutdown().await;
    Ok(())
}

fn read_seed(path: &Path) -> Result<Seed, portal_sandbox::Error> {
    let bytes = read_file(path, MAX_SEED, Options::default().timeout);
    let text = bytes.and_then(|bytes| match str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    });
    let text = text.map_err(|source| portal_sandbox::Error::SeedFile {
        path: path.to_owned(),
        source,
    })?;
    Seed::parse(&text)
}
