use std::collections::HashMap;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portal::{PortalLink, PortalProvider};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::task::AbortHandle;

use crate::bell::{Bell, Ear};
use crate::engine::Engine;
use crate::failure::{Failure, closed};
use crate::link::Link;
use crate::request::Arguments;

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
    done: Mutex<Vec<Done>>,
    bell: Bell,
}

struct Done {
    ticket: u64,
    outcome: portal::Result<PortalLink>,
    provider: &'static str,
}

#[derive(Default)]
struct Waiting {
    futures: HashMap<u64, (Py<PyAny>, AbortHandle)>,
    last: u64,
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
        let done = Mutex::default();
        Ok(Self {
            engine,
            queue: Arc::new(Queue { done, bell }),
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

    /// Start a call that settles ``future``; return the ticket that cancels it.
    #[pyo3(signature = (
        future, customer_id, email, customer, subscription_id, metadata, return_url, settings, extra,
        best_effort, /
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are Python's keyword arguments"
    )]
    fn create_link(
        &self,
        future: Py<PyAny>,
        customer_id: Option<&Bound<'_, PyAny>>,
        email: Option<&Bound<'_, PyAny>>,
        customer: Option<&Bound<'_, PyAny>>,
        subscription_id: Option<&Bound<'_, PyAny>>,
        metadata: Option<&Bound<'_, PyAny>>,
        return_url: Option<&Bound<'_, PyAny>>,
        settings: Option<&Bound<'_, PyAny>>,
        extra: Option<&Bound<'_, PyAny>>,
        best_effort: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let engine = self.engine.get();
        let info = engine.info();
        let request = Arguments {
            customer_id,
            email,
            customer,
            subscription_id,
            metadata,
            return_url,
            settings,
            extra,
            best_effort,
        };
        let request = request.request(info)?;
        if self.pid != process::id() {
            return Err(PyRuntimeError::new_err(
                "this event loop is the parent process's; hint: run a new one after a fork",
            ));
        }
        let (client, handle) = engine.running()?;
        let queue = self.queue.clone();
        let mut waiting = self.waiting();
        waiting.last += 1;
        let ticket = waiting.last;
        let call = handle.spawn(async move {
            let outcome = client.create_link(&request).await;
            queue.push(Done {
                ticket,
                outcome,
                provider: info.id,
            });
        });
        waiting
            .futures
            .insert(ticket, (future, call.abort_handle()));
        Ok(ticket)
    }

    /// Cancel a call, unless it is done.
    #[pyo3(signature = (ticket, /))]
    fn cancel(&self, ticket: u64) {
        let waiting = self.waiting().futures.remove(&ticket);
        if let Some((_, call)) = waiting {
            call.abort();
        }
    }

    /// Settle the futures of every call that is done; the loop calls this on its own thread.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        // Hear first, then look: what is queued in between rings again, and too often does no harm.
        if let Some(ear) = &self.ear {
            ear.hear();
        }
        for Done {
            ticket,
            outcome,
            provider,
        } in self.queue.take()
        {
            let Some((future, _)) = self.waiting().futures.remove(&ticket) else {
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
        Ok(())
    }

    /// Cancel every call and fail the futures that still wait; on the loop's own thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let futures: Vec<_> = self.waiting().futures.drain().collect();
        for (_, (future, call)) in futures {
            call.abort();
            let future = future.bind(py);
            if !future.call_method0("done")?.is_truthy()? {
                future.call_method1("set_exception", (closed(),))?;
            }
        }
        Ok(())
    }
}

impl Mailbox {
    /// Only threads that hold the interpreter's lock come here, and call nothing while they do.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // The loop is gone, and nobody waits any more. In a forked child the calls are the parent's.
        if self.pid == process::id() {
            for (_, call) in self.waiting().futures.values() {
                call.abort();
            }
        }
    }
}

impl Queue {
    fn push(&self, done: Done) {
        let first = {
            let mut queue = self.lock();
            queue.push(done);
            queue.len() == 1
        };
        if first {
            self.bell.ring();
        }
    }

    fn take(&self) -> Vec<Done> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Done>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
