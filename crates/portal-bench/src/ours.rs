//! Our own call, from a request in neutral words to a link.

use portal_core::{LinkRequest, PortalProvider};
use portal_http::{Client, Options, Rate, Roots};

use crate::Calls;
use crate::exchange::Exchange;
use crate::server::Place;

pub(crate) struct Ours {
    client: Client,
    request: LinkRequest,
}

pub(crate) fn client(exchange: &Exchange, place: &Place) -> Ours {
    let adapter: std::sync::Arc<dyn portal_core::Adapter> = (exchange.adapter)().into();
    let folder = if exchange.path.starts_with("/2.0") {
        "/2.0/"
    } else {
        ""
    };
    let options = Options {
        base_url: Some(format!("{}{folder}", place.origin).parse().unwrap()),
        // The limiter does all of its work, at a rate that is never reached.
        rate: Rate::PerSecond(10_000.try_into().unwrap()),
        extra_roots: match place.is_tls() {
            true => Roots::from_pem(place.authority.as_bytes()).unwrap(),
            false => Roots::default(),
        },
        ..Options::default()
    };
    Ours {
        client: Client::new(adapter, options).unwrap(),
        request: (exchange.request)(),
    }
}

impl Calls for Ours {
    async fn call(&self) {
        let link = self.client.create_link(&self.request).await.unwrap();
        assert!(link.url().expose().starts_with("https://"));
    }
}
