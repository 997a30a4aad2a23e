//! What calls that wait for their answer hold in memory.

use std::rc::Rc;

use portal_http::Rate;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};

use crate::Calls;
use crate::clients::{self, Measure};
use crate::hall::Doorkeeper;
use crate::memory::anonymous_kib;
use crate::name::Name;
use crate::place::{PLAIN, Place};

/// So many begin at once, since a server takes only so many connections that it has not looked at.
const WAVE: usize = 100;

/// Holds `count` calls at once, and prints what each takes as one line of JSON.
///
/// That is the memory of this process alone, with all that belongs to a call: its connection's
/// buffers, its task, its future. What the kernel keeps for sockets is not part of it.
pub(crate) fn run(runtime: &Runtime, name: &Name<'_>, count: usize) {
    let place = name.place().holding();
    clients::measure(runtime, name, &place, Rate::Off, Held { runtime, count });
}

struct Held<'a> {
    runtime: &'a Runtime,
    count: usize,
}

impl Measure for Held<'_> {
    fn measure<C: Calls + 'static>(self, lane: impl Fn() -> Rc<C>) {
        let mut doorkeeper = self.runtime.block_on(Doorkeeper::new(&Place::of(PLAIN)));
        // What a client makes once, such as the connection of HTTP/2, is no call's.
        let first = lane();
        hold(self.runtime, &[first], &mut doorkeeper);
        let before = anonymous_kib().unwrap();
        let lanes: Vec<_> = (0..self.count).map(|_| lane()).collect();
        let held = hold(self.runtime, &lanes, &mut doorkeeper) - before;
        let report = serde_json::json!({ "calls": self.count, "bytes_each": held * 1024.0 / self.count as f64 });
        println!("{report}");
    }
}

/// Makes a call on each lane, and returns what the process has while all of them wait.
fn hold<C: Calls + 'static>(
    runtime: &Runtime,
    lanes: &[Rc<C>],
    doorkeeper: &mut Doorkeeper,
) -> f64 {
    let ended = Rc::new(Notify::new());
    runtime.block_on(LocalSet::new().run_until(async {
        let mut tasks = Vec::with_capacity(lanes.len());
        for wave in lanes.chunks(WAVE) {
            tasks.extend(wave.iter().map(|calls| {
                let (calls, ended) = (Rc::clone(calls), Ended(Rc::clone(&ended)));
                spawn_local(async move {
                    let _ended = ended;
                    calls.call().await;
                })
            }));
            tokio::select! {
                () = doorkeeper.all_are_there(tasks.len()) => {}
                () = ended.notified() => panic!("a call ended before it was let go"),
            }
        }
        let held = anonymous_kib().unwrap();
        doorkeeper.let_go().await;
        for task in tasks {
            task.await.unwrap();
        }
        held
    }))
}

/// Tells of a call's end, however it ends.
struct Ended(Rc<Notify>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}
