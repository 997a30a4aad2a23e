//! Our own call, from a request in neutral words to a link.

use std::sync::Arc;

use portal_core::{Adapter, LinkRequest, PortalProvider};
use portal_http::{Client, Options, Rate, Roots};

use crate::Calls;
use crate::exchange::Exchange;
use crate::place::Place;

pub(crate) struct Ours {
    client: Client,
    request: LinkRequest,
}

pub(crate) fn client(exchange: &Exchange, place: &Place, rate: Rate) -> Ours {
    let roots = match place.is_tls() {
        true => Roots::from_pem(place.authority.as_bytes()).unwrap(),
        false => Roots::default(),
    };
    ours(exchange, &place.base(), rate, roots)
}

/// The same without a wire.
pub(crate) fn engine(exchange: &Exchange, rate: Rate) -> Ours {
    let Ours { client, request } = ours(exchange, "http://127.0.0.1:1", rate, Roots::default());
    Ours {
        client: client.with_canned_response(exchange.answer.into()),
        request,
    }
}

fn ours(exchange: &Exchange, origin: &str, rate: Rate, extra_roots: Roots) -> Ours {
    let adapter: Arc<dyn Adapter> = (exchange.adapter)().into();
    let options = Options {
        base_url: Some(format!("{origin}{}", exchange.folder).parse().unwrap()),
        rate,
        extra_roots,
        ..Options::default()
    };
    Ours {
        client: Client::new(adapter, (exchange.credential)(), options).unwrap(),
        request: (exchange.request)(),
    }
}

impl Calls for Ours {
    async fn call(&self) {
        let link = self.client.create_link(&self.request).await.unwrap();
        // The sandbox's are plain.
        assert!(link.url().expose().starts_with("http"));
    }
}
