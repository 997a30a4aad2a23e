//! Our own client, from a neutral request to a link.

use std::sync::Arc;

use portal_core::{Adapter, LinkRequest, PortalProvider};
use portal_http::{Client, Options, Rate, Roots};

use crate::endpoint::Endpoint;
use crate::scenario::Scenario;

pub(crate) trait LinkClient {
    /// Creates one link.
    async fn create_link(&self);
}

pub(crate) struct Ours {
    client: Client,
    request: LinkRequest,
}

impl Ours {
    pub(crate) fn new(scenario: &Scenario, endpoint: &Endpoint, rate: Rate) -> Self {
        let roots = match endpoint.is_tls() {
            true => Roots::from_pem(endpoint.authority.as_bytes()).unwrap(),
            false => Roots::default(),
        };
        Self::build(scenario, &endpoint.base(), rate, roots)
    }

    /// The client without a network.
    pub(crate) fn with_canned_response(scenario: &Scenario, rate: Rate) -> Self {
        let Self { client, request } =
            Self::build(scenario, "http://127.0.0.1:1", rate, Roots::default());
        Self {
            client: client.with_canned_response(scenario.response.into()),
            request,
        }
    }

    fn build(scenario: &Scenario, origin: &str, rate: Rate, extra_roots: Roots) -> Self {
        let adapter: Arc<dyn Adapter> = (scenario.adapter)().into();
        let mut options = Options::default();
        options.base_url = Some(format!("{origin}{}", scenario.base_path).parse().unwrap());
        options.rate = rate;
        options.extra_roots = extra_roots;
        Self {
            client: Client::new(adapter, (scenario.credential)(), options).unwrap(),
            request: (scenario.request)(),
        }
    }
}

impl LinkClient for Ours {
    async fn create_link(&self) {
        let link = self.client.create_link(&self.request).await.unwrap();
        // The sandbox's links are not https.
        assert!(link.url().expose().starts_with("http"));
    }
}
