use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use portal_core::{Adapter, Error};
use tokio::sync::Mutex;

use crate::{AdapterSource, event};

/// The adapter that a client uses now, and where the next one comes from.
pub(crate) struct Credential {
    current: RwLock<Arc<dyn Adapter>>,
    source: Option<Source>,
}

struct Source {
    of: Box<dyn AdapterSource>,
    /// Held by whoever asks the source: so what it says is taken in the order in which it was said.
    asking: Mutex<Asking>,
    /// How often the source was asked for a renewal and answered.
    renewals: AtomicU64,
}

struct Asking {
    /// Whether the last look failed, which is said once and not with every call.
    failing: bool,
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
                asking: Mutex::new(Asking { failing: false }),
                renewals: AtomicU64::new(0),
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
    /// Of the calls that are refused at the same time one has the credential read again, and the
    /// others share what came of it. Dropping this lets the next of them have it read.
    pub(crate) async fn renewed(&self, refused: &Arc<dyn Adapter>) -> Option<Arc<dyn Adapter>> {
        let source = self.source.as_ref()?;
        let before = source.renewals.load(Ordering::Acquire);
        let _asking = source.asking.lock().await;
        let last = self.last();
        if !Arc::ptr_eq(&last, refused) {
            return Some(last);
        }
        if source.renewals.load(Ordering::Acquire) != before {
            return None;
        }
        let renewed = source.of.renewed().await;
        source.renewals.fetch_add(1, Ordering::Release);
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
        event::credential_changed(&*adapter);
        let current = self.current.write();
        *current.unwrap_or_else(PoisonError::into_inner) = adapter;
    }

    fn warn(&self, error: &Error, what: &'static str) {
        event::credential_unreadable(&*self.last(), error, what);
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use async_trait::async_trait;
    use portal_core::Result;
    use tokio::sync::Notify;

    use super::*;
    use crate::nobody::Nobody;

    #[tokio::test]
    async fn calls_that_are_refused_together_share_the_news_that_nothing_changed() {
        let source = Same::default();
        let credential = Credential::new(Arc::new(Nobody("key"))).with_source(source.clone());
        let refused = credential.current();
        let renewed = || credential.renewed(&refused);
        let outcome = tokio::join!(biased; renewed(), renewed(), renewed(), async {
            source.go.notify_one();
        });
        assert!(matches!(outcome, (None, None, None, ())));
        assert_eq!(source.asked.load(Ordering::SeqCst), 1);
        // One that is refused later has it read again.
        source.go.notify_one();
        assert!(renewed().await.is_none());
        assert_eq!(source.asked.load(Ordering::SeqCst), 2);
    }

    /// A source whose key stays the same, and which waits for its turn to say so.
    #[derive(Clone, Debug, Default)]
    struct Same {
        asked: Arc<AtomicUsize>,
        go: Arc<Notify>,
    }

    #[async_trait]
    impl AdapterSource for Same {
        fn changed(&self) -> Result<Option<Arc<dyn Adapter>>> {
            Ok(None)
        }

        async fn renewed(&self) -> Result<Option<Arc<dyn Adapter>>> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.go.notified().await;
            Ok(None)
        }
    }
}
