//! What calls cost in time, by the operating system's accounting.

use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeVal;
use portal_http::Rate;
use tokio::runtime::Runtime;
use tokio::task::{LocalSet, spawn_local};

use crate::clients::{self, Measure};
use crate::memory::peak_kib;
use crate::name::Name;
use crate::{Calls, WARM_UP};

/// Makes `count` calls, `in_flight` of them at a time, and prints what they cost as one line of JSON.
pub(crate) fn run(runtime: &Runtime, name: &Name<'_>, count: usize, in_flight: usize) {
    assert!(
        in_flight == 1 || name.client != "wire",
        "a socket that blocks holds one call"
    );
    let timed = Timed {
        runtime,
        count,
        in_flight,
    };
    clients::measure(runtime, name, &name.place(), Rate::Off, timed);
}

struct Timed<'a> {
    runtime: &'a Runtime,
    count: usize,
    in_flight: usize,
}

impl Measure for Timed<'_> {
    fn measure<C: Calls + 'static>(self, lane: impl Fn() -> Rc<C>) {
        let lanes: Vec<_> = (0..self.in_flight).map(|_| lane()).collect();
        // Each lane connects; with many of them that is warm enough.
        calls(
            self.runtime,
            (WARM_UP * 64 / lanes.len()).clamp(1, WARM_UP),
            &lanes,
        );
        let (before, start) = (usage(), Instant::now());
        let mut took = calls(self.runtime, (self.count / lanes.len()).max(1), &lanes);
        let (wall, after) = (start.elapsed(), usage());
        took.sort_unstable();
        let at = |percent: usize| took[took.len() * percent / 100].as_secs_f64();
        let report = serde_json::json!({
            "calls": took.len(),
            "wall_s": wall.as_secs_f64(),
            "cpu_s": cpu(&after) - cpu(&before),
            "p50_s": at(50),
            "p99_s": at(99),
            "peak_kib": peak_kib(),
        });
        println!("{report}");
    }
}

/// Makes `each` calls on every lane, and returns how long each took.
fn calls<C: Calls + 'static>(runtime: &Runtime, each: usize, lanes: &[Rc<C>]) -> Vec<Duration> {
    if let [alone] = lanes {
        return runtime.block_on(lane(Rc::clone(alone), each));
    }
    runtime.block_on(LocalSet::new().run_until(async {
        let lanes = lanes.iter().cloned();
        let tasks: Vec<_> = lanes.map(|calls| spawn_local(lane(calls, each))).collect();
        let mut took = Vec::new();
        for task in tasks {
            took.extend(task.await.unwrap());
        }
        took
    }))
}

async fn lane<C: Calls>(calls: Rc<C>, count: usize) -> Vec<Duration> {
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        calls.call().await;
        took.push(start.elapsed());
    }
    took
}

fn usage() -> Usage {
    getrusage(UsageWho::RUSAGE_SELF).unwrap()
}

fn cpu(usage: &Usage) -> f64 {
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}
