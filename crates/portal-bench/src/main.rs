//! The programs that `cargo xtask bench` and `cargo xtask instructions` run: a server, and clients that create links.
//!
//! * `portal-bench serve` answers until its stdin is closed.
//! * `portal-bench call CASE COUNT` makes calls inside `measure::measured`, where the profiler counts instructions.
//! * `portal-bench time CASE COUNT IN-FLIGHT` prints wall time, CPU time and latencies as JSON.
//! * `portal-bench hold CASE BATCH` holds calls that get no response, for a measurement of its memory.
//!
//! A case is `CLIENT/PROVIDER/TRANSPORT`, or `PART/PROVIDER` for a part of our own call.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its results, and any error may end it"
)]

mod clients;
mod endpoint;
mod measure;
mod peers;
mod scenario;
mod server;

use std::num::NonZeroU32;
use std::rc::Rc;

use portal_http::Rate;
use tokio::runtime::{Builder, Runtime};

use crate::clients::{LinkClient, Ours};
use crate::endpoint::Endpoint;
use crate::measure::Mode;
use crate::peers::{Reqwest, Socket, hyper_util, raw_http1, raw_http2};
use crate::scenario::{KWIK, ONLINEAPP, Scenario};

/// A limit that sequential calls never reach, so that the limiter does its work without waiting.
const UNREACHED: Rate = Rate::per_second(NonZeroU32::new(10_000).unwrap());

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (case, mode) = match arguments[..] {
        ["serve"] => return runtime.block_on(server::serve()),
        ["call", case, count] => (case, Mode::Call(number(count))),
        ["time", case, count, in_flight] => (
            case,
            Mode::Time {
                calls: number(count),
                in_flight: number(in_flight),
            },
        ),
        ["hold", case, batch] => (case, Mode::Hold(number(batch))),
        _ => panic!(
            "usage: portal-bench serve | call CASE COUNT | time CASE COUNT IN-FLIGHT | hold CASE BATCH"
        ),
    };
    let names: Vec<_> = case.split('/').collect();
    match (&names[..], &mode) {
        (["engine", provider], Mode::Call(_)) => {
            let ours = Ours::with_canned_response(scenario(provider), UNREACHED);
            mode.run(&runtime, shared(ours));
        }
        (["encode", provider], Mode::Call(count)) => measure::encode(scenario(provider), *count),
        (["decode", provider], Mode::Call(count)) => measure::decode(scenario(provider), *count),
        ([client, provider, transport], _) => {
            let endpoint = Endpoint::of(transport, matches!(mode, Mode::Hold(_)));
            call(&runtime, client, scenario(provider), &endpoint, &mode);
        }
        _ => panic!("unknown case `{case}`"),
    }
}

fn scenario(provider: &str) -> &'static Scenario {
    match provider {
        "kwik" => &KWIK,
        "onlineapp" => &ONLINEAPP,
        _ => panic!("unknown provider `{provider}`"),
    }
}

fn call(
    runtime: &Runtime,
    client: &str,
    scenario: &'static Scenario,
    endpoint: &Endpoint,
    mode: &Mode,
) {
    let rate = match mode {
        Mode::Call(_) => UNREACHED,
        Mode::Time { .. } | Mode::Hold(_) => Rate::Off,
    };
    match client {
        "ours" => mode.run(runtime, shared(Ours::new(scenario, endpoint, rate))),
        "hyper-util" => mode.run(runtime, shared(hyper_util(scenario, endpoint))),
        "reqwest" => mode.run(runtime, shared(Reqwest::new(scenario, endpoint))),
        "raw" if endpoint.is_http2 => {
            mode.run(runtime, shared(raw_http2(runtime, scenario, endpoint)));
        }
        // These connections serve one call at a time.
        "raw" => mode.run(runtime, || Rc::new(raw_http1(runtime, scenario, endpoint))),
        "wire" => mode.run(runtime, || Rc::new(Socket::new(scenario, endpoint))),
        _ => panic!("unknown client `{client}`"),
    }
}

/// All calls in flight share the client.
fn shared<C: LinkClient>(client: C) -> impl Fn() -> Rc<C> {
    let client = Rc::new(client);
    move || Rc::clone(&client)
}
