use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Tells on stderr what our own crates do; libraries stay silent, since they log whole URLs.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let ours = [
        "portal",
        "portal_core",
        "portal_http",
        "portal_sandbox",
        "adapter_kwik",
        "adapter_onlineapp",
    ];
    let targets = Targets::new().with_targets(ours.map(|name| (name, level)));
    let format = tracing_subscriber::fmt::layer()
        .with_writer(anstream::stderr)
        .without_time()
        // It would tell on stderr, and panic, that stderr cannot be written to.
        .log_internal_errors(false);
    tracing_subscriber::registry()
        .with(format)
        .with(targets)
        .init();
}
