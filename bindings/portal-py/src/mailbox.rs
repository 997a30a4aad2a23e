use std::collections::HashMap;
use std::mem;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portal::{PortalLink, PortalProvider};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::task::AbortHandle;

use crate::audience::Audience;
use crate::bell::{Bell, Ear};
use crate::engine::Engine;
use crate::failure::{Failure, closed};
use crate::link::Link;
use crate::record::Record;
use crate::request::Arguments;
use crate::span::Span;
use crate::watch::{Listener, heard_by};

/// Where one event loop's finished calls of one ``AsyncPortal`` arrive.
///
/// A call that finishes is queued, and only the first of a batch rings the bell: however many have
/// finished when the loop comes to look, it wakes once. Futures are touched on the loop's own
/// thread alone.
#[pyclass(frozen, module = "portal_py._native")]
pub(crate) struct Mailbox {
    engine: Py<Engine>,
    queue: Arc<Queue>,
    ear: Option<Ear>,
    waiting: Mutex<Waiting>,
    pid: u32,
}

struct Queue {
    news: Mutex<News>,
    bell: Bell,
}

/// What a loop has to be told since it last came to look.
#[derive(Default)]
struct News {
    done: Vec<Done>,
    records: Vec<(u64, Record)>,
}

struct Done {
    ticket: u64,
    outcome: portal::Result<PortalLink>,
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
    audience: Option<Arc<Audience>>,
}

/// Sends what is told of one call with that call's ticket.
struct Post {
    queue: Arc<Queue>,
    ticket: u64,
}

impl Listener for Post {
    fn hear(&self, record: Record) {
        let record = (self.ticket, record);
        self.queue.put(|news| news.records.push(record));
    }
}

#[pymethods]
impl Mailbox {
    /// With no ``wake``, ``fileno()`` becomes readable when there is something to ``drain()``.
    #[new]
    #[pyo3(signature = (engine, wake, /))]
    fn new(engine: Py<Engine>, wake: Option<Py<PyAny>>) -> PyResult<Self> {
        // A closed portal gets no mailbox, for nobody would take it down again.
        engine.get().running()?;
        let (bell, ear) = match wake {
            Some(wake) => (Bell::call(wake), None),
            None => {
                let (bell, ear) = Bell::pair()?;
                (bell, Some(ear))
            }
        };
        Ok(Self {
            engine,
            queue: Arc::new(Queue {
                news: Mutex::default(),
                bell,
            }),
            ear,
            waiting: Mutex::default(),
            pid: process::id(),
        })
    }

    /// Whether the loop watches a descriptor, rather than being called.
    #[getter]
    fn has_descriptor(&self) -> bool {
        self.ear.is_some()
    }

    /// Return the descriptor for ``loop.add_reader``.
    fn fileno(&self) -> PyResult<i32> {
        match &self.ear {
            Some(ear) => Ok(ear.fileno()),
            None => Err(PyRuntimeError::new_err(
                "this mailbox calls, and has no descriptor",
            )),
        }
    }

    /// Start a call that settles ``future`` and tells its ``span``; return the ticket that cancels it.
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
        let engine = self.engine.get();
        let info = engine.info();
        let request = Arguments {
            customer,
            settings,
            extra,
            best_effort,
            options: Some(options),
        };
        let request = request.request()?;
        if self.pid != process::id() {
            return Err(PyRuntimeError::new_err(
                "this event loop is the parent process's; hint: run a new one after a fork",
            ));
        }
        let (client, handle) = engine.running()?;
        let audience = Audience::of(py, span)?.map(Arc::new);
        let queue = self.queue.clone();
        let mut waiting = self.waiting();
        waiting.last += 1;
        let ticket = waiting.last;
        let listener = audience.as_ref().map(|_| {
            let queue = queue.clone();
            Arc::new(Post { queue, ticket }) as Arc<dyn Listener>
        });
        let call = handle.spawn(heard_by(listener, async move {
            let outcome = client.create_link(&request).await;
            let done = Done {
                ticket,
                outcome,
                provider: info.id,
            };
            queue.put(|news| news.done.push(done));
        }));
        let waiter = Waiter {
            future,
            call: call.abort_handle(),
            audience,
        };
        waiting.calls.insert(ticket, waiter);
        Ok(ticket)
    }

    /// Cancel a call, unless it is done.
    #[pyo3(signature = (ticket, /))]
    fn cancel(&self, py: Python<'_>, ticket: u64) -> PyResult<()> {
        let told = self.tell(py);
        let waiting = self.waiting().calls.remove(&ticket);
        if let Some(Waiter { call, .. }) = waiting {
            call.abort();
        }
        told
    }

    /// Settle the futures of every call that is done, after all that is told of it has been passed
    /// on; the loop calls this on its own thread.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        // Hear first, then look: what is queued in between rings again, and too often does no harm.
        if let Some(ear) = &self.ear {
            ear.hear();
        }
        let News { done, records } = mem::take(&mut *self.queue.lock());
        let told = self.pass_on(py, records);
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
                Ok(link) => future.call_method1("set_result", (Link::new(link, provider),))?,
                Err(error) => {
                    let error = PyErr::from(Failure(error));
                    future.call_method1("set_exception", (error,))?
                }
            };
        }
        told
    }

    /// Cancel every call and fail the futures that still wait; on the loop's own thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let told = self.tell(py);
        let calls: Vec<_> = self.waiting().calls.drain().collect();
        for (_, Waiter { future, call, .. }) in calls {
            call.abort();
            let future = future.bind(py);
            if !future.call_method0("done")?.is_truthy()? {
                future.call_method1("set_exception", (closed(),))?;
            }
        }
        told
    }
}

impl Mailbox {
    /// Passes on what was told of calls that are about to end unheard.
    fn tell(&self, py: Python<'_>) -> PyResult<()> {
        if self.pid != process::id() {
            // What the parent's thread was told is the parent's, and it may have held the lock.
            return Ok(());
        }
        let records = mem::take(&mut self.queue.lock().records);
        self.pass_on(py, records)
    }

    fn pass_on(&self, py: Python<'_>, records: Vec<(u64, Record)>) -> PyResult<()> {
        let mut outcome = Ok(());
        for (ticket, record) in records {
            // Of a call that was cancelled nobody hears more.
            let audience = {
                let waiting = self.waiting();
                let waiter = waiting.calls.get(&ticket);
                waiter.and_then(|waiter| waiter.audience.clone())
            };
            if let Some(audience) = audience {
                outcome = outcome.and(audience.tell(py, [record]));
            }
        }
        outcome
    }

    /// Only threads that hold the interpreter's lock come here, and call nothing while they do.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // The loop is gone, and nobody waits any more. In a forked child the calls are the parent's.
        if self.pid == process::id() {
            for waiter in self.waiting().calls.values() {
                waiter.call.abort();
            }
        }
    }
}

impl Queue {
    fn put(&self, add: impl FnOnce(&mut News)) {
        let first = {
            let mut news = self.lock();
            let first = news.done.is_empty() && news.records.is_empty();
            add(&mut news);
            first
        };
        if first {
            self.bell.ring();
        }
    }

    fn lock(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
