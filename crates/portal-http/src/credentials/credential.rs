use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use portal_core::{Adapter, Error};
use tokio::sync::Mutex;

use crate::{AdapterSource, Clock, events};

/// The least time between one renewal and the next. A key that is dead is refused with every call,
/// and each would have its files read and its command run.
const PAUSE: Duration = Duration::from_secs(1);

/// The adapter that a client uses now, and where the next one comes from.
pub(crate) struct Credential {
    current: RwLock<Arc<dyn Adapter>>,
    source: Option<Source>,
}

struct Source {
    of: Box<dyn AdapterSource>,
    /// Held by whoever asks the source: so what it says is taken in the order in which it was said.
    asking: Mutex<Asking>,
}

#[derive(Default)]
struct Asking {
    /// Whether the last look failed, which is said once and not with every call.
    failing: bool,
    /// When the last renewal ended, unless a look found something new since.
    renewed: Option<Duration>,
}

impl Credential {
    pub(crate) fn new(adapter: Arc<dyn Adapter>) -> Self {
        Self {
            current: RwLock::new(adapter),
            source: None,
        }
    }

    /// Keeps the adapter, and asks `source` for those that follow.
    pub(crate) fn with_source(&self, source: impl AdapterSource) -> Self {
        Self {
            current: RwLock::new(self.last()),
            source: Some(Source {
                of: Box::new(source),
                asking: Mutex::default(),
            }),
        }
    }

    /// Returns the adapter for a call that begins now.
    pub(crate) fn current(&self) -> Arc<dyn Adapter> {
        // While somebody else asks, what is there is as good as it was a moment ago.
        if let Some(source) = &self.source
            && let Ok(mut asking) = source.asking.try_lock()
        {
            match source.of.changed() {
                Ok(changed) => {
                    asking.failing = false;
                    if let Some(adapter) = changed {
                        asking.renewed = None;
                        self.put(adapter);
                    }
                }
                Err(error) if !asking.failing => {
                    asking.failing = true;
                    self.warn(
                        &error,
                        "the credential cannot be looked at; the last one is kept",
                    );
                }
                Err(_) => {}
            }
        }
        self.last()
    }

    /// Returns another adapter after the provider refused that one, where there is another.
    ///
    /// Of the calls that are refused at the same time, and within [`PAUSE`] after that, one has the
    /// credential read again, and the others share what came of it. Dropping this lets the next of
    /// them have it read.
    pub(crate) async fn renewed(
        &self,
        refused: &Arc<dyn Adapter>,
        clock: &dyn Clock,
    ) -> Option<Arc<dyn Adapter>> {
        let source = self.source.as_ref()?;
        let mut asking = source.asking.lock().await;
        let last = self.last();
        if !Arc::ptr_eq(&last, refused) {
            return Some(last);
        }
        let free = asking.renewed.map(|at| at + PAUSE);
        if free.is_some_and(|free| clock.elapsed() < free) {
            return None;
        }
        let renewed = source.of.renewed().await;
        asking.renewed = Some(clock.elapsed());
        match renewed {
            Ok(Some(adapter)) => {
                self.put(adapter.clone());
                Some(adapter)
            }
            Ok(None) => None,
            Err(error) => {
                self.warn(&error, "the refused credential cannot be read again");
                None
            }
        }
    }

    /// Returns the last adapter that there was, without a look at the source.
    pub(crate) fn last(&self) -> Arc<dyn Adapter> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, adapter: Arc<dyn Adapter>) {
        events::credential_changed(adapter.info().id);
        let current = self.current.write();
        *current.unwrap_or_else(PoisonError::into_inner) = adapter;
    }

    fn warn(&self, error: &Error, what: &'static str) {
        events::credential_error(self.last().info().id, error, what);
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("adapter", &self.last())
            .field("source", &self.source.as_ref().map(|source| &source.of))
            .finish()
    }
}
