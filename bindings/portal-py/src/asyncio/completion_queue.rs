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
/// A call that finishes is queued, and only the first of a batch wakes the loop: however many have
/// finished when the loop drains the queue, it wakes once. Futures are touched on the loop's own
/// thread alone.
#[pyclass(frozen, module = "portal_py._native")]
pub(crate) struct CompletionQueue {
    runtime: Py<AsyncRuntime>,
    queue: Arc<Queue>,
    reader: Option<WakeReader>,
    waiting: Mutex<Waiting>,
    pid: u32,
}

struct Queue {
    batch: Mutex<Batch>,
    waker: Waker,
}

/// What was queued since the loop last drained it.
#[derive(Default)]
struct Batch {
    done: Vec<Done>,
    events: Vec<(u64, LogEvent)>,
}

struct Done {
    ticket: u64,
    /// A link, or nothing from a call that makes none.
    outcome: portal::Result<Option<PortalLink>>,
    provider: &'static str,
}

#[derive(Default)]
struct Waiting {
    calls: HashMap<u64, Waiter>,
    last: u64,
}

struct Waiter {
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
    /// With no ``wake``, ``fileno()`` becomes readable when there is something to ``drain()``.
    #[new]
    #[pyo3(signature = (runtime, wake, /))]
    fn new(runtime: Py<AsyncRuntime>, wake: Option<Py<PyAny>>) -> PyResult<Self> {
        // A closed portal gets no queue, since nothing would close it again.
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
            waiting: Mutex::default(),
            pid: process::id(),
        })
    }

    /// Whether the loop watches a descriptor, rather than being called.
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
        let waiting = self.waiting().calls.remove(&ticket);
        if let Some(Waiter { call, .. }) = waiting {
            call.abort();
        }
        emitted
    }

    /// Settle the futures of every call that is done, after its events have been passed
    /// on; the loop calls this on its own thread.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        // Empty the socket first: what is queued after that wakes the loop again, which does no harm.
        if let Some(reader) = &self.reader {
            reader.clear();
        }
        let Batch { done, events } = mem::take(&mut *self.queue.lock());
        let emitted = self.emit(py, events);
        for Done {
            ticket,
            outcome,
            provider,
        } in done
        {
            // Bound first: what is left of it is dropped without the lock, since it may call Python.
            let waiter = self.waiting().calls.remove(&ticket);
            let Some(Waiter { future, .. }) = waiter else {
                continue;
            };
            let future = future.bind(py);
            // Its task may have been cancelled in this very turn of the loop.
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

    /// Cancel every call and fail the futures that still wait; on the loop's own thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let emitted = self.emit_events(py);
        let calls: Vec<_> = self.waiting().calls.drain().collect();
        for (_, Waiter { future, call, .. }) in calls {
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
        let mut waiting = self.waiting();
        waiting.last += 1;
        let ticket = waiting.last;
        let event_sink = sink.as_ref().map(|_| {
            let queue = queue.clone();
            Arc::new(TicketSink { queue, ticket }) as Arc<dyn EventSink>
        });
        let call = handle.spawn(with_sink(event_sink, async move {
            let outcome = call.await;
            let done = Done {
                ticket,
                outcome,
                provider,
            };
            queue.put(|batch| batch.done.push(done));
        }));
        let waiter = Waiter {
            future,
            call: call.abort_handle(),
            sink,
        };
        waiting.calls.insert(ticket, waiter);
        Ok(ticket)
    }

    /// Passes on the queued events of calls that are about to end.
    fn emit_events(&self, py: Python<'_>) -> PyResult<()> {
        if self.pid != process::id() {
            // The events are the parent process's, and its thread may have held the lock.
            return Ok(());
        }
        let events = mem::take(&mut self.queue.lock().events);
        self.emit(py, events)
    }

    fn emit(&self, py: Python<'_>, events: Vec<(u64, LogEvent)>) -> PyResult<()> {
        let mut outcome = Ok(());
        for (ticket, event) in events {
            // A cancelled call logs nothing more.
            let sink = {
                let waiting = self.waiting();
                let waiter = waiting.calls.get(&ticket);
                waiter.and_then(|waiter| waiter.sink.clone())
            };
            if let Some(sink) = sink {
                outcome = outcome.and(sink.emit(py, [event]));
            }
        }
        outcome
    }

    /// Only threads that hold the interpreter's lock come here, and call nothing while they do.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CompletionQueue {
    fn drop(&mut self) {
        // The loop is gone, and no future waits. In a forked child the calls are the parent's.
        if self.pid == process::id() {
            for waiter in self.waiting().calls.values() {
                waiter.call.abort();
            }
        }
    }
}

impl Queue {
    fn put(&self, add: impl FnOnce(&mut Batch)) {
        let first = {
            let mut batch = self.lock();
            let first = batch.done.is_empty() && batch.events.is_empty();
            add(&mut batch);
            first
        };
        if first {
            self.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
