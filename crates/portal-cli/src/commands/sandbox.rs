use portal_sandbox::Seed;

use crate::cli;
use crate::failure::Failure;
use crate::printer::Printer;

pub(crate) async fn run(arguments: &cli::Sandbox, printer: &Printer) -> Result<(), Failure> {
    match &arguments.about {
        // `--print` is required so far: it is all that there is to do with a seed.
        Some(cli::AboutSandbox::Seed(_)) => printer.data(Seed::DEFAULT.trim_end()),
        None => serve(arguments, printer).await,
    }
}

async fn serve(arguments: &cli::Sandbox, printer: &Printer) -> Result<(), Failure> {
    let mut builder = portal_sandbox::Sandbox::builder()
        .listen(arguments.listen)
        .onlineapp_dialect(arguments.onlineapp_dialect);
    if let Some(path) = &arguments.db {
        builder = builder.database(path);
    }
    if let Some(path) = &arguments.seed {
        builder = builder.seed(Seed::read(path)?);
    }
    if arguments.allow_non_loopback {
        builder = builder.allow_non_loopback();
    }
    let server = builder.start().await?;
    if printer.json() {
        printer.object(&server.ready())?;
    } else {
        let url = server.url();
        printer.data(url)?;
        printer.note(&format!(
            "Both providers answer here, with demo data. In another terminal:\n\n  \
             portal link kwik --sandbox={url} --customer cus_demo_active --subscription sub_demo_active\n  \
             portal link onlineapp --sandbox={url} --email user@example.com\n\n\
             Ctrl-C ends it."
        ));
    }
    stopped().await;
    server.shutdown().await;
    Ok(())
}

/// Waits for Ctrl-C, or for a service manager's request to stop.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
