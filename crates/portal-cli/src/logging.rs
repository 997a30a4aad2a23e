use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Logs our own crates to stderr; not libraries, because they log whole URLs. Adapters are pure and log nothing.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let ours = ["portal", "portal_core", "portal_http", "portal_sandbox"];
    let targets = Targets::new().with_targets(ours.map(|name| (name, level)));
    let format = tracing_subscriber::fmt::layer()
        .with_writer(anstream::stderr)
        .without_time()
        // Otherwise it reports a closed stderr on stderr, and panics.
        .log_internal_errors(false);
    tracing_subscriber::registry()
        .with(format)
        .with(targets)
        .init();
}
