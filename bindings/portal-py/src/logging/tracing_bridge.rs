use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::futures::TaskLocalFuture;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use crate::logging::LogEvent;

tokio::task_local! {
    /// Where the events of the call that runs now go.
    static SINK: Option<Arc<dyn EventSink>>;
}

/// Keeps a call's events until a thread that holds the interpreter's lock passes them on.
pub(crate) trait EventSink: Send + Sync {
    fn record_event(&self, event: LogEvent);
}

/// Runs a call whose events go to that sink.
pub(crate) fn with_sink<F: Future>(
    sink: Option<Arc<dyn EventSink>>,
    call: F,
) -> TaskLocalFuture<Option<Arc<dyn EventSink>>, F> {
    SINK.scope(sink, call)
}

/// The least level that is wanted; an event below it costs one look at an atomic.
static WANTED: Mutex<LevelFilter> = Mutex::new(LevelFilter::OFF);

/// Has events of this importance and more made from now on.
///
/// Called with the interpreter's lock held and never waits, so no fork meets the lock here. Where
/// there is one subscriber, as here, `tracing` takes none either.
pub(crate) fn set_level(level: LevelFilter) {
    static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
    if LevelFilter::current() == level {
        return;
    }
    *WANTED.lock().unwrap_or_else(PoisonError::into_inner) = level;
    if !IS_INSTALLED.swap(true, Ordering::AcqRel) {
        // No other can be set: this is the extension module's own copy of `tracing`.
        let _ = tracing::subscriber::set_global_default(TracingBridge);
    }
    tracing::callsite::rebuild_interest_cache();
}

/// Hands the engine's events to the sink of the call that they are from.
///
/// Those of libraries below it are not made at all: they hold whole URLs.
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
        Some(*WANTED.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn event(&self, event: &Event<'_>) {
        // Outside of a call there is no sink.
        let _ = SINK.try_with(|sink| {
            if let Some(sink) = sink {
                sink.record_event(LogEvent::of(event));
            }
        });
    }

    // There are no spans of ours.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
