//! What is measured: instructions (by an external profiler), time, and memory.

use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use portal_core::{Answer, Redactor, link_call};
use tokio::io::AsyncReadExt;
use tokio::runtime::Runtime;
use tokio::task::{LocalSet, spawn_local};

use crate::clients::LinkClient;
use crate::scenario::Scenario;

/// The first calls open connections and fill caches; they are not measured.
const WARM_UP: usize = 30;

pub(crate) enum Mode {
    /// Sequential calls inside [`measured`].
    Call(usize),
    Time {
        calls: usize,
        in_flight: usize,
    },
    /// Calls that wait for their response at the same time, in batches of this size.
    Hold(usize),
}

impl Mode {
    /// Measures the client that `connect` returns for each call in flight.
    pub(crate) fn run<C: LinkClient + 'static>(
        &self,
        runtime: &Runtime,
        connect: impl Fn() -> Rc<C>,
    ) {
        match *self {
            Self::Call(calls) => call(runtime, &*connect(), calls),
            Self::Time { calls, in_flight } => {
                let clients: Vec<_> = (0..in_flight).map(|_| connect()).collect();
                time(runtime, &clients, calls);
            }
            Self::Hold(calls) => hold(runtime, connect, calls),
        }
    }
}

/// Runs the measured work. The profiler counts instructions inside this function only.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}

fn call(runtime: &Runtime, client: &impl LinkClient, count: usize) {
    let repeat = |count| {
        runtime.block_on(async {
            for _ in 0..count {
                client.create_link().await;
            }
        });
    };
    repeat(WARM_UP);
    measured(&mut || repeat(count));
}

/// Validates and encodes requests, without engine and transport.
pub(crate) fn encode(scenario: &Scenario, count: usize) {
    let (adapter, request) = ((scenario.adapter)(), (scenario.request)());
    measured(&mut || {
        for _ in 0..count {
            let call = link_call(&*adapter, &request).unwrap();
            assert!(!call.request().body().is_empty());
        }
    });
}

/// Decodes responses, without engine and transport.
pub(crate) fn decode(scenario: &Scenario, count: usize) {
    let (adapter, request) = ((scenario.adapter)(), (scenario.request)());
    let call = link_call(&*adapter, &request).unwrap();
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
    let base = "https://api.example.com".parse().unwrap();
    let redactor = Redactor::new(&[]);
    let answer = Answer::new(
        StatusCode::OK,
        &headers,
        scenario.response.as_bytes(),
        &base,
        &redactor,
    );
    measured(&mut || {
        for _ in 0..count {
            let link = call.decode(&answer).unwrap();
            assert!(link.url().expose().starts_with("https://"));
        }
    });
}

fn time<C: LinkClient + 'static>(runtime: &Runtime, clients: &[Rc<C>], calls: usize) {
    // Each client connects; with many of them that is warm-up enough.
    let warm_up = (WARM_UP * 64 / clients.len()).clamp(1, WARM_UP);
    latencies(runtime, clients, warm_up);
    let (cpu, start) = (cpu_time(), Instant::now());
    let mut latencies = latencies(runtime, clients, (calls / clients.len()).max(1));
    let (wall, cpu) = (start.elapsed(), cpu_time() - cpu);
    latencies.sort_unstable();
    let percentile = |percent: usize| latencies[latencies.len() * percent / 100].as_secs_f64();
    let report = serde_json::json!({
        "calls": latencies.len(),
        "wall_s": wall.as_secs_f64(),
        "cpu_s": cpu.as_secs_f64(),
        "p50_s": percentile(50),
        "p99_s": percentile(99),
        "peak_kib": memory_kib("VmHWM:"),
    });
    println!("{report}");
}

/// Makes `each` calls with every client at the same time.
fn latencies<C>(runtime: &Runtime, clients: &[Rc<C>], each: usize) -> Vec<Duration>
where
    C: LinkClient + 'static,
{
    if let [only] = clients {
        return runtime.block_on(sequential(Rc::clone(only), each));
    }
    runtime.block_on(LocalSet::new().run_until(async {
        let clients = clients.iter().cloned();
        let tasks: Vec<_> = clients
            .map(|client| spawn_local(sequential(client, each)))
            .collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await.unwrap());
        }
        latencies
    }))
}

async fn sequential<C: LinkClient>(client: Rc<C>, count: usize) -> Vec<Duration> {
    let mut latencies = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        client.create_link().await;
        latencies.push(start.elapsed());
    }
    latencies
}

/// Holds one call, and `batch` more for each byte on stdin, until stdin is closed.
///
/// The server does not respond to them, so that another process can read the memory of this one meanwhile.
fn hold<C: LinkClient + 'static>(runtime: &Runtime, connect: impl Fn() -> Rc<C>, batch: usize) {
    let (tasks, mut stdin) = (LocalSet::new(), tokio::io::stdin());
    let mut calls = 1;
    loop {
        for _ in 0..calls {
            let client = connect();
            tasks.spawn_local(async move {
                client.create_link().await;
                unreachable!("the server does not respond");
            });
        }
        if runtime.block_on(tasks.run_until(stdin.read_u8())).is_err() {
            return;
        }
        calls = batch;
    }
}

/// A line of `/proc/self/status`; `None` outside Linux.
///
/// `getrusage` also reports a peak, but that one includes the parent's memory.
fn memory_kib(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(unix)]
fn cpu_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap()
}

#[cfg(not(unix))]
fn cpu_time() -> Duration {
    panic!("CPU time is measured on Unix only");
}
