use std::mem;
use std::pin::{Pin, pin};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portal::adapter::BaseUrl;
use portal::config::Config;
use portal::{Client, LinkRequest, PortalLink, PortalProvider};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{self, Handle, Runtime};
use tokio::select;
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep};

use crate::audience::Audience;
use crate::failure::{Failure, closed};
use crate::record::Record;
use crate::span::Span;
use crate::watch::{Listener, heard_by};

/// How often a waiting call looks for Ctrl-C.
const GLANCE: Duration = Duration::from_millis(50);

/// The clients of one `Portal`: as many as threads ever called at the same time.
///
/// A call takes a free lane and drives its runtime on its own thread, so there is no other thread
/// to wake and to wait for, and nothing runs between calls. That is the fastest way for one thread,
/// and threads do not meet in it.
pub(crate) struct Lanes {
    state: Mutex<State>,
}

struct State {
    /// The client that the others are siblings of, so that all keep to one account's limits.
    first: Option<Arc<Client>>,
    free: Vec<Lane>,
    /// Lanes of another process are its own: see [`State::own`].
    pid: u32,
    closed: bool,
}

/// A client with the runtime that its connections live on.
struct Lane {
    client: Arc<Client>,
    /// Goes off while a call waits, or has since the last one: a timer for each would cost more.
    glance: Pin<Box<Sleep>>,
    runtime: Option<Runtime>,
}

impl Lanes {
    /// Makes the first lane, which shows whether the configuration is right, and where it leads.
    pub(crate) fn new(config: &Config) -> PyResult<(Self, BaseUrl)> {
        let first = Arc::new(config.client().map_err(Failure)?);
        let base = first.base_url().clone();
        let state = State {
            free: vec![Lane::new(first.clone())?],
            first: Some(first),
            pid: process::id(),
            closed: false,
        };
        let lanes = Self {
            state: Mutex::new(state),
        };
        Ok((lanes, base))
    }

    /// Makes a link while other Python threads run; Ctrl-C ends the wait and the request.
    pub(crate) fn create_link(
        &self,
        py: Python<'_>,
        config: &Config,
        request: &LinkRequest,
        span: Option<Span>,
    ) -> PyResult<PortalLink> {
        let audience = Audience::of(py, span)?;
        let mut lane = match self.free()? {
            Some(lane) => lane,
            None => self.another(py, config)?,
        };
        // An interrupted lane is dropped, and its connection with it: the answer is nobody's.
        let outcome = lane.create_link(py, request, audience.as_ref())?;
        self.give_back(lane);
        outcome.map_err(|error| Failure(error).into())
    }

    /// Closes idle connections now, and those in use when their calls end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.own();
        state.closed = true;
        state.free.clear();
    }

    fn free(&self) -> PyResult<Option<Lane>> {
        let mut state = self.state();
        state.own();
        match state.closed {
            true => Err(closed()),
            false => Ok(state.free.pop()),
        }
    }

    /// Makes a lane: a clone_for_runtime of the first one, or in a forked process the first of its own.
    fn another(&self, py: Python<'_>, config: &Config) -> PyResult<Lane> {
        let first = self.state().first.clone();
        if let Some(first) = first {
            return py.detach(|| Lane::new(Arc::new(first.clone_for_runtime().map_err(Failure)?)));
        }
        // Made with the interpreter's lock held: nobody forks while it is only half there.
        let first = Arc::new(config.client().map_err(Failure)?);
        self.state().first = Some(first.clone());
        Lane::new(first)
    }

    fn give_back(&self, lane: Lane) {
        let mut state = self.state();
        if !state.closed {
            state.free.push(lane);
        }
    }

    /// The lock is held for moments, and only by threads that hold the interpreter's as well: so
    /// none holds it while another forks.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Leaves a parent process's lanes alone: their sockets and timers are shared with it, and
    /// even closing them properly would end its connections.
    fn own(&mut self) {
        let pid = process::id();
        if self.pid != pid {
            self.pid = pid;
            mem::forget((self.first.take(), mem::take(&mut self.free)));
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.own();
    }
}

impl Lane {
    fn new(client: Arc<Client>) -> PyResult<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| no_runtime(&why))?;
        let glance = {
            let _inside = runtime.enter();
            Box::pin(sleep(GLANCE))
        };
        Ok(Self {
            client,
            glance,
            runtime: Some(runtime),
        })
    }

    fn create_link(
        &mut self,
        py: Python<'_>,
        request: &LinkRequest,
        audience: Option<&Audience>,
    ) -> PyResult<portal::Result<PortalLink>> {
        let runtime = self
            .runtime
            .as_ref()
            .expect("a lane has its runtime until it is dropped");
        let told = audience.map(|audience| (audience, Arc::new(Told::default())));
        let listener = told
            .as_ref()
            .map(|(_, told)| told.clone() as Arc<dyn Listener>);
        let call = async {
            look_around().await;
            self.client.create_link(request).await
        };
        let mut call = pin!(heard_by(listener, call));
        let glance = &mut self.glance;
        loop {
            let look = async {
                select! {
                    biased;
                    outcome = call.as_mut() => Some(outcome),
                    () = glance.as_mut() => {
                        glance.as_mut().reset(Instant::now() + GLANCE);
                        None
                    }
                }
            };
            let outcome = py.detach(|| runtime.block_on(look));
            if let Some((audience, told)) = &told {
                audience.tell(py, told.take())?;
            }
            match outcome {
                Some(outcome) => return Ok(outcome),
                None => py.check_signals()?,
            }
        }
    }
}

/// What was told of a call since its thread last held the interpreter's lock.
#[derive(Default)]
struct Told(Mutex<Vec<Record>>);

impl Told {
    fn take(&self) -> Vec<Record> {
        mem::take(&mut self.records())
    }

    fn records(&self) -> MutexGuard<'_, Vec<Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Told {
    fn hear(&self, record: Record) {
        self.records().push(record);
    }
}

/// Lets the runtime see what happened to its connections since the last call: a server may have
/// closed one, and a request written to it would be lost without anybody knowing how far it came.
async fn look_around() {
    // It reads the event queue,
    yield_now().await;
    if Handle::current().metrics().num_alive_tasks() > 0 {
        // and then the tasks that it woke have their turn: connections of HTTP/2.
        yield_now().await;
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        // A name that is still being looked up is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) fn no_runtime(why: &std::io::Error) -> PyErr {
    PyRuntimeError::new_err(format!("the machine gives no event queue: {why}"))
}
