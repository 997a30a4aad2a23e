use std::collections::HashMap;
use std::mem;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portal::{Client, PortalLink, PortalProvider};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::task::AbortHandle;

use crate::asyncio::async_runtime::AsyncRuntime;
use crate::asyncio::waker::{WakeReader, Waker};
use crate::error::{CallError, closed};
use crate::link::Link;
use crate::logging::LogEvent;
use crate::logging::log_sink::LogSink;
use crate::logging::span::Span;
use crate::logging::tracing_bridge::{EventSink, with_sink};
use crate::request::Arguments;

/// The queue of one event loop's finished calls of one ``AsyncPortal``.
///
/// A finished call is queued, and only the first one of a batch wakes the loop. The loop settles futures
/// on its own thread.
#[pyclass(frozen, module = "portal_py._native")]
pub(crate) struct CompletionQueue {
    runtime: Py<AsyncRuntime>,
    queue: Arc<Queue>,
    reader: Option<WakeReader>,
    pending: Mutex<PendingCalls>,
    pid: u32,
}

struct Queue {
    batch: Mutex<Batch>,
    waker: Waker,
}

/// The finished calls and log events since the loop last drained the queue.
#[derive(Default)]
struct Batch {
    done: Vec<FinishedCall>,
    events: Vec<(u64, LogEvent)>,
}

struct FinishedCall {
    ticket: u64,
    /// The link; `None` for a call that creates none.
    outcome: portal::Result<Option<PortalLink>>,
    provider: &'static str,
}

#[derive(Default)]
struct PendingCalls {
    calls: HashMap<u64, PendingCall>,
    last: u64,
}

struct PendingCall {
    future: Py<PyAny>,
    call: AbortHandle,
    sink: Option<Arc<LogSink>>,
}

/// Queues the events of one call under that call's ticket.
struct TicketSink {
    queue: Arc<Queue>,
    ticket: u64,
}

impl EventSink for TicketSink {
    fn record_event(&self, event: LogEvent) {
        let event = (self.ticket, event);
        self.queue.put(|batch| batch.events.push(event));
    }
}

#[pymethods]
impl CompletionQueue {
    /// Without ``wake``, ``fileno()`` becomes readable when there is something to ``drain()``.
    #[new]
    #[pyo3(signature = (runtime, wake, /))]
    fn new(runtime: Py<AsyncRuntime>, wake: Option<Py<PyAny>>) -> PyResult<Self> {
        // A closed portal gets no queue, because nothing would close the queue.
        runtime.get().running()?;
        let (waker, reader) = match wake {
            Some(wake) => (Waker::call(wake), None),
            None => {
                let (waker, reader) = Waker::pair()?;
                (waker, Some(reader))
            }
        };
        Ok(Self {
            runtime,
            queue: Arc::new(Queue {
                batch: Mutex::default(),
                waker,
            }),
            reader,
            pending: Mutex::default(),
            pid: process::id(),
        })
    }

    /// Whether the loop watches a descriptor.
    #[getter]
    fn has_descriptor(&self) -> bool {
        self.reader.is_some()
    }

    /// Return the descriptor for ``loop.add_reader``.
    fn fileno(&self) -> PyResult<i32> {
        match &self.reader {
            Some(reader) => Ok(reader.fileno()),
            None => Err(PyRuntimeError::new_err(
                "this queue calls, and has no descriptor",
            )),
        }
    }

    /// Start a call that settles ``future`` and records in its ``span``; return the ticket that cancels it.
    #[pyo3(signature = (future, span, customer, settings, extra, best_effort, options, /))]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are Python's keyword arguments"
    )]
    fn create_link(
        &self,
        py: Python<'_>,
        future: Py<PyAny>,
        span: Option<Span>,
        customer: Option<&Bound<'_, PyAny>>,
        settings: Option<&Bound<'_, PyAny>>,
        extra: Option<&Bound<'_, PyAny>>,
        best_effort: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<u64> {
        let request = Arguments {
            customer,
            settings,
            extra,
            best_effort,
            options: Some(options),
        };
        let request = request.request()?;
        let sink = LogSink::of(py, span)?.map(Arc::new);
        self.start(future, sink, async move |client| {
            client.create_link(&request).await.map(Some)
        })
    }

    /// Start opening a connection, and settle ``future`` with ``None``; return the ticket that cancels it.
    #[pyo3(signature = (future, /))]
    fn warm_up(&self, future: Py<PyAny>) -> PyResult<u64> {
        self.start(future, None, async |client| {
            client.warm_up().await.map(|()| None)
        })
    }

    /// Cancel a call, unless it is done.
    #[pyo3(signature = (ticket, /))]
    fn cancel(&self, py: Python<'_>, ticket: u64) -> PyResult<()> {
        let emitted = self.emit_events(py);
        let pending = self.pending().calls.remove(&ticket);
        if let Some(PendingCall { call, .. }) = pending {
            call.abort();
        }
        emitted
    }

    /// Settle the futures of every call that is done, after its events have been passed
    /// on; the loop calls this on its own thread.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        // Empty the socket first, so that a call that is queued later wakes the loop again.
        if let Some(reader) = &self.reader {
            reader.clear();
        }
        let Batch { done, events } = mem::take(&mut *self.queue.lock());
        let emitted = self.emit(py, events);
        for FinishedCall {
            ticket,
            outcome,
            provider,
        } in done
        {
            // Taken out first, so that the rest is dropped without the lock: dropping may call Python.
            let pending_call = self.pending().calls.remove(&ticket);
            let Some(PendingCall { future, .. }) = pending_call else {
                continue;
            };
            let future = future.bind(py);
            // The loop may have cancelled its task in this iteration.
            if future.call_method0("done")?.is_truthy()? {
                continue;
            }
            match outcome {
                Ok(link) => {
                    let link = link.map(|link| Link::new(link, provider));
                    future.call_method1("set_result", (link,))?
                }
                Err(error) => {
                    let error = PyErr::from(CallError(error));
                    future.call_method1("set_exception", (error,))?
                }
            };
        }
        emitted
    }

    /// Cancel every call and fail the pending futures; call this on the loop's own thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let emitted = self.emit_events(py);
        let calls: Vec<_> = self.pending().calls.drain().collect();
        for (_, PendingCall { future, call, .. }) in calls {
            call.abort();
            let future = future.bind(py);
            if !future.call_method0("done")?.is_truthy()? {
                future.call_method1("set_exception", (closed(),))?;
            }
        }
        emitted
    }
}

impl CompletionQueue {
    /// Runs a call on the portal's thread; its outcome settles `future`.
    fn start<F>(
        &self,
        future: Py<PyAny>,
        sink: Option<Arc<LogSink>>,
        call: impl FnOnce(Arc<Client>) -> F,
    ) -> PyResult<u64>
    where
        F: Future<Output = portal::Result<Option<PortalLink>>> + Send + 'static,
    {
        if self.pid != process::id() {
            return Err(PyRuntimeError::new_err(
                "this event loop is the parent process's; hint: run a new one after a fork",
            ));
        }
        let runtime = self.runtime.get();
        let provider = runtime.info().id;
        let (client, handle) = runtime.running()?;
        let call = call(client);
        let queue = self.queue.clone();
        let mut pending = self.pending();
        pending.last += 1;
        let ticket = pending.last;
        let event_sink = sink.as_ref().map(|_| {
            let queue = queue.clone();
            Arc::new(TicketSink { queue, ticket }) as Arc<dyn EventSink>
        });
        let call = handle.spawn(with_sink(event_sink, async move {
            let outcome = call.await;
            let done = FinishedCall {
                ticket,
                outcome,
                provider,
            };
            queue.put(|batch| batch.done.push(done));
        }));
        let pending_call = PendingCall {
            future,
            call: call.abort_handle(),
            sink,
        };
        pending.calls.insert(ticket, pending_call);
        Ok(ticket)
    }

    /// Passes on the queued events of calls that are about to end.
    fn emit_events(&self, py: Python<'_>) -> PyResult<()> {
        if self.pid != process::id() {
            // The events belong to the parent process, whose thread may have held the lock during the fork.
            return Ok(());
        }
        let events = mem::take(&mut self.queue.lock().events);
        self.emit(py, events)
    }

    fn emit(&self, py: Python<'_>, events: Vec<(u64, LogEvent)>) -> PyResult<()> {
        let mut outcome = Ok(());
        for (ticket, event) in events {
            // A cancelled call logs no more events.
            let sink = {
                let pending = self.pending();
                let pending_call = pending.calls.get(&ticket);
                pending_call.and_then(|pending_call| pending_call.sink.clone())
            };
            if let Some(sink) = sink {
                outcome = outcome.and(sink.emit(py, [event]));
            }
        }
        outcome
    }

    /// Only threads with the interpreter's lock call this, and they do not call Python while they hold this one.
    fn pending(&self) -> MutexGuard<'_, PendingCalls> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CompletionQueue {
    fn drop(&mut self) {
        // The loop is gone, so no future is pending. In a forked child, the calls belong to the parent.
        if self.pid == process::id() {
            for pending_call in self.pending().calls.values() {
                pending_call.call.abort();
            }
        }
    }
}

impl Queue {
    fn put(&self, add: impl FnOnce(&mut Batch)) {
        let is_first = {
            let mut batch = self.lock();
            let is_first = batch.done.is_empty() && batch.events.is_empty();
            add(&mut batch);
            is_first
        };
        if is_first {
            self.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
