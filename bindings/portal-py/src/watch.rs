use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::futures::TaskLocalFuture;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use crate::record::Record;

tokio::task_local! {
    /// Who hears of the call that runs now.
    static LISTENER: Option<Arc<dyn Listener>>;
}

/// Keeps what is told of a call until somebody who holds the interpreter's lock passes it on.
pub(crate) trait Listener: Send + Sync {
    fn hear(&self, record: Record);
}

/// Runs a call whose events go to that listener.
pub(crate) fn heard_by<F: Future>(
    listener: Option<Arc<dyn Listener>>,
    call: F,
) -> TaskLocalFuture<Option<Arc<dyn Listener>>, F> {
    LISTENER.scope(listener, call)
}

/// The least important events that anybody wants; what is below costs one look at an atomic.
static WANTED: Mutex<LevelFilter> = Mutex::new(LevelFilter::OFF);

/// Has events of this importance and more made from now on.
///
/// Called with the interpreter's lock held and never waits, so no fork meets the lock here. Where
/// there is one subscriber, as here, `tracing` takes none either.
pub(crate) fn want(level: LevelFilter) {
    static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
    if LevelFilter::current() == level {
        return;
    }
    *WANTED.lock().unwrap_or_else(PoisonError::into_inner) = level;
    if !IS_INSTALLED.swap(true, Ordering::AcqRel) {
        // Nobody else can have set one: this is the extension module's own copy of `tracing`.
        let _ = tracing::subscriber::set_global_default(Watch);
    }
    tracing::callsite::rebuild_interest_cache();
}

/// Hands the engine's events to the listener of the call that they are from.
///
/// Those of libraries below it are not made at all: they hold whole URLs.
struct Watch;

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && metadata.target().starts_with("portal_http::")
}

impl Subscriber for Watch {
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
        // Outside of a call nobody listens.
        let _ = LISTENER.try_with(|listener| {
            if let Some(listener) = listener {
                listener.hear(Record::of(event));
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
