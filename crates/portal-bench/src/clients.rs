//! Clients, by their names.

use std::rc::Rc;

use portal_http::Rate;
use tokio::runtime::Runtime;

use crate::name::Name;
use crate::peers::{HyperUtil, Raw, RawHttp2, Reqwest, Wire};
use crate::place::Place;
use crate::{Calls, ours};

/// What is done with a client.
pub(crate) trait Measure {
    /// Measures it. Each call that is in flight takes a lane.
    fn measure<C: Calls + 'static>(self, lane: impl Fn() -> Rc<C>);
}

/// Makes the client of that name, and measures it. Ours keeps to `rate`.
pub(crate) fn measure(
    runtime: &Runtime,
    name: &Name<'_>,
    place: &Place,
    rate: Rate,
    measure: impl Measure,
) {
    let exchange = name.exchange;
    match name.client {
        "ours" => measure.measure(shared(ours::client(exchange, place, rate))),
        "hyper-util" => measure.measure(shared(HyperUtil::new(exchange, place))),
        "reqwest" => measure.measure(shared(Reqwest::new(exchange, place))),
        "raw" if place.is_http2() => {
            measure.measure(shared(RawHttp2::new(runtime, exchange, place)));
        }
        // A connection holds one call at a time, so each has its own.
        "raw" => measure.measure(|| Rc::new(Raw::new(runtime, exchange, place))),
        "wire" => measure.measure(|| Rc::new(Wire::new(exchange, place))),
        client => panic!("`{client}` names no client"),
    }
}

fn shared<C>(client: C) -> impl Fn() -> Rc<C> {
    let client = Rc::new(client);
    move || Rc::clone(&client)
}
