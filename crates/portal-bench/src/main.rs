//! What `cargo xtask bench` runs: a server, and clients that ask it for links.
//!
//! `portal-bench serve` answers until its input ends. `portal-bench call NAME COUNT` makes that
//! many calls of one client, all of them inside [`measured`], which the profiler looks for.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for measuring: its output is what it is for, and what fails may end it"
)]

mod codec;
mod exchange;
mod ours;
mod peers;
mod server;

use std::env;

use tokio::runtime::{Builder, Runtime};

use crate::exchange::{KWIK, ONLINEAPP};
use crate::server::Place;

/// As many calls as make the first ones, which connect and fill caches, not count.
const WARM_UP: usize = 30;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => runtime().block_on(server::serve()),
        ["call", name, count] => call(name, count.parse().unwrap()),
        _ => panic!("usage: portal-bench serve | portal-bench call NAME COUNT"),
    }
}

/// A name is `client/provider` or `client/provider/wire`.
fn call(name: &str, count: usize) {
    let mut words = name.split('/');
    let client = words.next().unwrap_or_default();
    let exchange = match words.next() {
        Some("kwik") => &KWIK,
        Some("onlineapp") => &ONLINEAPP,
        _ => panic!("`{name}` names no provider"),
    };
    let place = || match words.clone().next() {
        Some("plain") => Place::plain(),
        Some("tls") => Place::tls(),
        _ => panic!("`{name}` names no wire"),
    };
    let runtime = runtime();
    match client {
        "ours" => repeat(&runtime, count, &ours::client(exchange, &place())),
        "raw" => repeat(&runtime, count, &peers::raw(&runtime, exchange, &place())),
        "hyper-util" => repeat(&runtime, count, &peers::hyper_util(exchange, &place())),
        "reqwest" => repeat(&runtime, count, &peers::reqwest(exchange, &place())),
        "engine" => repeat(&runtime, count, &ours::engine(exchange)),
        "encode" => codec::encode(exchange, count),
        "decode" => codec::decode(exchange, count),
        _ => panic!("`{name}` names no client"),
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
