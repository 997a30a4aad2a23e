//! What an application passes on from outside stays in its place: it is refused before anything is
//! sent, or it is one text in the body, and path and headers are those of any other request.

use portal::config::Options;
use portal::{Client, Customer, Kind, LinkRequest, PortalProvider};
use portal_testkit::{Server, Step, TestClock};
use serde_json::{Value, json};

use crate::provider::Provider;

/// Texts that would end a header, a path, or a body, if a request were put together from plain text.
const HOSTILE: [&str; 12] = [
    "x\r\nx-admin: 1",
    "x\n\nPOST /admin HTTP/1.1",
    "x\0y",
    "..",
    "../../admin",
    "a/b?c#d",
    "%2f..%2f",
    "%0d%0ax-admin: 1",
    "x\",\"allow_cancel\":true,\"y\":\"",
    "x\u{2028}y\u{202e}z",
    "é\u{301}ж😀",
    "\u{85}x",
];

/// Sends a request, and returns the head and the body that the server saw, if it saw any.
async fn sent(provider: Provider, request: &LinkRequest) -> Option<(Vec<String>, Value)> {
    let clock = TestClock::default();
    let server = Server::start(&clock, [Step::Close]).await;
    let options = Options {
        base_url: Some(format!("http://{}/base", server.address).parse().unwrap()),
        ..Options::default()
    };
    let client: Client = provider.client(options, &clock);
    let error = client.create_link(request).await.unwrap_err();
    let seen = server.seen();
    if error.kind() == Kind::Invalid {
        assert_eq!((seen.len(), server.connections()), (0, 0), "{error}");
        return None;
    }
    let (head, body) = seen[0].split_once("\r\n\r\n").unwrap();
    let differs = |line: &&str| line.starts_with("content-length: ") || line.starts_with("host: ");
    let head = head.split("\r\n").filter(|line| !differs(line));
    Some((
        head.map(str::to_owned).collect(),
        serde_json::from_str(body).unwrap(),
    ))
}

/// Holds a request with a hostile text to the one with a harmless text.
async fn stays(
    provider: Provider,
    request: impl Fn(&str) -> LinkRequest,
    place: &str,
    may_refuse: bool,
) {
    let (head, _) = sent(provider, &request("harmless")).await.unwrap();
    let mut refused = 0;
    for text in HOSTILE {
        match sent(provider, &request(text)).await {
            None => refused += 1,
            Some((of, body)) => {
                assert_eq!(of, head, "{place} {text:?}");
                assert_eq!(body.pointer(place), Some(&json!(text)), "{place} {text:?}");
            }
        }
    }
    // Those with control characters are no ids; a text of the application's own may hold them.
    assert_eq!(refused, if may_refuse { 4 } else { 0 }, "{place}");
}

#[tokio::test]
async fn no_text_of_a_request_reaches_path_or_headers() {
    let kwik = || LinkRequest::new(Customer::from_id("cus_1"));
    let by_id = |id: &str| LinkRequest::new(Customer::from_id(id));
    stays(Provider::Kwik, by_id, "/customer_id", true).await;
    let subscription = |id: &str| kwik().subscription(id);
    stays(Provider::Kwik, subscription, "/subscription_id", true).await;
    let product = |id: &str| kwik().products([id]);
    stays(Provider::Kwik, product, "/settings/products_ids/0", true).await;
    let title = |title: &str| kwik().page_title(title);
    stays(Provider::Kwik, title, "/settings/page_title", true).await;
    let extra = |text: &str| kwik().extra("new", text);
    stays(Provider::Kwik, extra, "/new", false).await;

    let user = || LinkRequest::new(Customer::from_email("user@example.com"));
    let meta = |text: &str| user().meta("key", text);
    stays(Provider::OnlineApp, meta, "/userMeta/key", false).await;
}
