//! Hostile texts are refused before anything is sent, or arrive unchanged as one text of the body.
//! They change neither path nor headers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use portal::{Client, Customer, Kind, Kwik, LinkRequest, OnlineApp, PortalProvider};
use portal_testkit::{Server, Step, TestClock};
use serde_json::{Value, json};

/// Texts that would end a header, a path or a JSON text if a request were concatenated from texts.
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

/// How many of them are refused in a title, for their control characters.
const IN_TITLES: usize = 4;
/// How many of them are refused in an id, where every character must be visible too.
const IN_IDS: usize = 5;

/// Creates a client of a provider with that base URL.
type NewClient = fn(&str) -> Client;

fn kwik_client(base: &str) -> Client {
    let builder = Kwik::builder().api_key("canary-key");
    builder
        .api_secret("canary-secret")
        .base_url(base)
        .max_retries(0)
        .build()
        .unwrap()
}

fn onlineapp_client(base: &str) -> Client {
    let builder = OnlineApp::builder().api_key("canary-key");
    builder
        .paywall_id("547")
        .base_url(base)
        .max_retries(0)
        .build()
        .unwrap()
}

/// Sends a request, and returns the head and the body that the server received, if any.
async fn sent(client: NewClient, request: &LinkRequest) -> Option<(Vec<String>, Value)> {
    let server = Server::start(&TestClock::default(), [Step::Close]).await;
    let client = client(&format!("http://{}/base", server.address));
    let error = client.create_link(request).await.unwrap_err();
    let requests = server.requests();
    if error.kind() == Kind::Invalid {
        assert_eq!((requests.len(), server.connections()), (0, 0), "{error}");
        return None;
    }
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    let differs = |line: &&str| line.starts_with("content-length: ") || line.starts_with("host: ");
    let head = head.split("\r\n").filter(|line| !differs(line));
    Some((
        head.map(str::to_owned).collect(),
        serde_json::from_str(body).unwrap(),
    ))
}

/// Compares each request with a hostile text with the request with a harmless text.
async fn assert_stays_in_place(
    client: NewClient,
    request: impl Fn(&str) -> LinkRequest,
    pointer: &str,
    expected_refusals: usize,
) {
    let (head, _) = sent(client, &request("harmless")).await.unwrap();
    let mut refused = 0;
    for text in HOSTILE {
        match sent(client, &request(text)).await {
            None => refused += 1,
            Some((hostile_head, body)) => {
                assert_eq!(hostile_head, head, "{pointer} {text:?}");
                assert_eq!(
                    body.pointer(pointer),
                    Some(&json!(text)),
                    "{pointer} {text:?}"
                );
            }
        }
    }
    assert_eq!(refused, expected_refusals, "{pointer}");
}

#[tokio::test]
async fn no_text_of_a_request_reaches_path_or_headers() {
    let kwik = || LinkRequest::new(Customer::from_id("cus_1"));
    let by_id = |id: &str| LinkRequest::new(Customer::from_id(id));
    assert_stays_in_place(kwik_client, by_id, "/customer_id", IN_IDS).await;
    let subscription = |id: &str| kwik().subscription(id);
    assert_stays_in_place(kwik_client, subscription, "/subscription_id", IN_IDS).await;
    let product = |id: &str| kwik().products([id]);
    assert_stays_in_place(kwik_client, product, "/settings/products_ids/0", IN_IDS).await;
    let title = |title: &str| kwik().page_title(title);
    assert_stays_in_place(kwik_client, title, "/settings/page_title", IN_TITLES).await;
    let extra = |text: &str| kwik().extra("new", text);
    assert_stays_in_place(kwik_client, extra, "/new", 0).await;

    let user = || LinkRequest::new(Customer::from_email("user@example.com"));
    let meta = |text: &str| user().meta("key", text);
    assert_stays_in_place(onlineapp_client, meta, "/userMeta/key", 0).await;
}
