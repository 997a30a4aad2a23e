use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::futures::TaskLocalFuture;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use crate::logging::LogEvent;

tokio::task_local! {
    /// The sink for the events of the running call.
    static SINK: Option<Arc<dyn EventSink>>;
}

/// Stores a call's events until a thread with the interpreter's lock passes them to Python.
pub(crate) trait EventSink: Send + Sync {
    fn record_event(&self, event: LogEvent);
}

/// Runs a call and records its events in this sink.
pub(crate) fn with_sink<F: Future>(
    sink: Option<Arc<dyn EventSink>>,
    call: F,
) -> TaskLocalFuture<Option<Arc<dyn EventSink>>, F> {
    SINK.scope(sink, call)
}

/// The lowest enabled level. An event below it costs one load of an atomic.
static ENABLED_LEVEL: Mutex<LevelFilter> = Mutex::new(LevelFilter::OFF);

/// Enables events of this level and above.
///
/// The caller holds the interpreter's lock and this function never blocks, so no fork can happen while it
/// holds its own lock. With a single subscriber, as here, `tracing` takes no lock either.
pub(crate) fn set_level(level: LevelFilter) {
    static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
    if LevelFilter::current() == level {
        return;
    }
    *ENABLED_LEVEL.lock().unwrap_or_else(PoisonError::into_inner) = level;
    if !IS_INSTALLED.swap(true, Ordering::AcqRel) {
        // This is the extension module's own copy of `tracing`, so no other subscriber can be set.
        let _ = tracing::subscriber::set_global_default(TracingBridge);
    }
    tracing::callsite::rebuild_interest_cache();
}

/// A subscriber that records our events in the sink of their call.
///
/// Events of libraries are disabled, because they contain whole URLs.
struct TracingBridge;

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && metadata.target().starts_with("portal_http::")
}

impl Subscriber for TracingBridge {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match is_ours(metadata) {
            true => Interest::always(),
            false => Interest::never(),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_ours(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(*ENABLED_LEVEL.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn event(&self, event: &Event<'_>) {
        // Outside of a call there is no sink.
        let _ = SINK.try_with(|sink| {
            if let Some(sink) = sink {
                sink.record_event(LogEvent::of(event));
            }
        });
    }

    // Our crates create no spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
