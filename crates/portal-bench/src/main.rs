//! What `cargo xtask bench` runs: a server, and clients that ask it for links.
//!
//! `portal-bench serve` answers until its input ends. `portal-bench call NAME COUNT` makes that
//! many calls of one client, all of them inside [`measured`], which the profiler looks for.
//! `portal-bench time NAME COUNT IN-FLIGHT` prints what calls cost in time, and
//! `portal-bench hold NAME COUNT` what calls that wait for their answer hold in memory.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for measuring: its output is what it is for, and what fails may end it"
)]

mod clients;
mod codec;
mod exchange;
mod hall;
#[cfg(unix)]
mod held;
#[cfg(unix)]
mod memory;
mod name;
mod ours;
mod peers;
mod place;
mod server;
#[cfg(unix)]
mod timed;

use std::env;
use std::num::NonZeroU32;
use std::rc::Rc;

use portal_http::Rate;
use tokio::runtime::{Builder, Runtime};

use crate::clients::Measure;
use crate::name::Name;

/// As many calls as make the first ones, which connect and fill caches, not count.
const WARM_UP: usize = 30;

/// With it the limiter does all of its work, and is never reached by one call after another.
const HIGH: Rate = Rate::per_second(NonZeroU32::new(10_000).unwrap());

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => {
            #[cfg(unix)]
            memory::open_many(0);
            runtime().block_on(server::serve());
        }
        ["call", name, count] => call(&Name::parse(name), count.parse().unwrap()),
        #[cfg(unix)]
        ["time", name, count, in_flight] => {
            let in_flight = in_flight.parse().unwrap();
            memory::open_many(in_flight);
            let count = count.parse().unwrap();
            timed::run(&runtime(), &Name::parse(name), count, in_flight);
        }
        #[cfg(unix)]
        ["hold", name, count] => {
            let count = count.parse().unwrap();
            memory::open_many(count);
            held::run(&runtime(), &Name::parse(name), count);
        }
        _ => panic!(
            "usage: portal-bench serve | call NAME COUNT | time NAME COUNT IN-FLIGHT | hold NAME COUNT"
        ),
    }
}

fn call(name: &Name<'_>, count: usize) {
    let (exchange, runtime) = (name.exchange, runtime());
    match name.client {
        "engine" => repeat(&runtime, count, &ours::engine(exchange, HIGH)),
        "encode" => codec::encode(exchange, count),
        "decode" => codec::decode(exchange, count),
        _ => {
            let counted = Counted(&runtime, count);
            clients::measure(&runtime, name, &name.place(), HIGH, counted);
        }
    }
}

/// The runtime, and how many calls are made by it.
struct Counted<'a>(&'a Runtime, usize);

impl Measure for Counted<'_> {
    fn measure<C: Calls + 'static>(self, lane: impl Fn() -> Rc<C>) {
        repeat(self.0, self.1, &*lane());
    }
}

/// Something that makes one call after another.
trait Calls {
    async fn call(&self);
}

fn repeat(runtime: &Runtime, count: usize, calls: &impl Calls) {
    let times = |count| {
        runtime.block_on(async {
            for _ in 0..count {
                calls.call().await;
            }
        });
    };
    times(WARM_UP);
    measured(&mut || times(count));
}

/// Does the work that counts. The profiler counts instructions from its beginning to its end.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
