use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::task::{Id, JoinSet};

/// The open connections, each served by a task that ends when this is dropped.
#[derive(Default)]
pub(super) struct Connections {
    tasks: JoinSet<()>,
    activities: HashMap<Id, Arc<Activity>>,
}

impl Connections {
    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Serves a connection, which must close soon after [`Activity::wait_for_eviction`].
    pub(super) fn spawn(
        &mut self,
        activity: Arc<Activity>,
        serve: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = self.tasks.spawn(serve);
        self.activities.insert(task.id(), activity);
    }

    /// Makes the connection that has been idle for the longest time close; does nothing if all have a call in progress.
    pub(super) fn evict(&self) {
        let idle = self.activities.values().filter_map(|activity| {
            let since = *activity.lock();
            since.map(|since| (since, activity))
        });
        if let Some((_, longest)) = idle.min_by_key(|(since, _)| *since) {
            *longest.lock() = None;
            longest.eviction.notify_one();
        }
    }

    /// Waits until a connection has closed; `None` if none is open.
    pub(super) async fn closed(&mut self) -> Option<()> {
        let id = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => id,
            // The panic hook has printed the panic.
            Err(panicked) => panicked.id(),
        };
        self.activities.remove(&id);
        Some(())
    }
}

/// Whether a connection has a call in progress.
pub(super) struct Activity {
    /// `None` during a call, and once the connection must close.
    idle_since: Mutex<Option<Instant>>,
    eviction: Notify,
}

impl Activity {
    /// Describes a new connection, which has not sent anything.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            idle_since: Mutex::new(Some(Instant::now())),
            eviction: Notify::new(),
        })
    }

    /// Marks the connection as busy until the call is dropped.
    pub(super) fn begin_call(self: &Arc<Self>) -> ActiveCall {
        *self.lock() = None;
        ActiveCall(Arc::clone(self))
    }

    /// Waits until the connection must close for a new one.
    pub(super) async fn wait_for_eviction(&self) {
        self.eviction.notified().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.idle_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call in progress.
pub(super) struct ActiveCall(Arc<Activity>);

impl Drop for ActiveCall {
    fn drop(&mut self) {
        *self.0.lock() = Some(Instant::now());
    }
}
