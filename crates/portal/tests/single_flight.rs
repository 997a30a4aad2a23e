//! Requests that are the same and made at the same time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use portal::{
    Capabilities, Customer, Error, Kind, LinkPolicy, LinkRequest, PortalLink, PortalProvider,
    PortalUrl, ProviderInfo, Result, SingleFlight, Support,
};
use tokio::sync::Semaphore;

/// A provider that answers when it is let, and counts its calls.
#[derive(Debug)]
struct Gate {
    info: &'static ProviderInfo,
    begun: AtomicUsize,
    answers: Semaphore,
    alive: Arc<()>,
}

const fn info(safe_to_reuse: bool) -> ProviderInfo {
    ProviderInfo {
        id: "gate",
        name: "Gate",
        default_base_url: "https://api.example.com",
        capabilities: Capabilities {
            support: |_| Support::Supported,
            creates_customer: false,
            link: LinkPolicy {
                expiry_known: false,
                safe_to_reuse,
            },
        },
        rate_limit: None,
    }
}

static REUSABLE: ProviderInfo = info(true);
static SINGLE_USE: ProviderInfo = info(false);

#[async_trait]
impl PortalProvider for Gate {
    fn info(&self) -> &'static ProviderInfo {
        self.info
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        let _alive = self.alive.clone();
        let number = self.begun.fetch_add(1, Ordering::SeqCst);
        self.answers.acquire().await.unwrap().forget();
        if request.fields().page_title.is_some() {
            return Err(Error::invalid("page_title", format!("refused {number}")));
        }
        let base = "https://example.com".parse().unwrap();
        let url = PortalUrl::from_answer(&format!("https://example.com/{number}"), &base)?;
        Ok(PortalLink::new(url, request.fields().customer.clone()))
    }
}

fn gate(info: &'static ProviderInfo) -> Arc<Gate> {
    Arc::new(Gate {
        info,
        begun: AtomicUsize::new(0),
        answers: Semaphore::new(0),
        alive: Arc::default(),
    })
}

fn request(id: &str) -> LinkRequest {
    LinkRequest::new(Customer::from_id(id))
}

fn setting() -> (Arc<Gate>, SingleFlight) {
    let gate = gate(&REUSABLE);
    (gate.clone(), SingleFlight::new(gate).unwrap())
}

fn path(link: &Result<PortalLink>) -> &str {
    let url = link.as_ref().unwrap().url().expose();
    url.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn the_same_requests_are_one_call_and_other_requests_are_others() {
    let (gate, provider) = setting();
    let (one, other) = (request("cus_1"), request("cus_1").allow_cancel(false));
    let calls = async {
        tokio::join!(biased;
            provider.create_link(&one),
            provider.create_link(&one),
            provider.create_link(&other),
            async { gate.answers.add_permits(2) },
        )
    };
    let (first, same, different, ()) = calls.await;
    assert_eq!([&first, &same, &different].map(path), ["0", "0", "1"]);
}

#[tokio::test]
async fn nothing_is_kept_when_a_call_is_over() {
    let (gate, provider) = setting();
    gate.answers.add_permits(2);
    let request = request("cus_1");
    assert_eq!(path(&provider.create_link(&request).await), "0");
    assert_eq!(path(&provider.create_link(&request).await), "1");
    assert!(format!("{provider:?}").contains("flying: 0"));
}

#[tokio::test]
async fn an_error_goes_to_all_who_wait_and_is_not_remembered() {
    let (gate, provider) = setting();
    let request = request("cus_1").page_title("refuse this");
    let (first, same, ()) = tokio::join!(biased;
        provider.create_link(&request),
        provider.create_link(&request),
        async { gate.answers.add_permits(2) },
    );
    for outcome in [first, same] {
        assert_eq!(outcome.unwrap_err().message(), "refused 0");
    }
    let again = provider.create_link(&request).await.unwrap_err();
    assert_eq!(again.message(), "refused 1");
}

#[tokio::test]
async fn who_began_a_call_may_go_and_the_others_still_have_it() {
    let (gate, provider) = setting();
    let provider = Arc::new(provider);
    let call = || {
        let provider = provider.clone();
        tokio::spawn(async move { provider.create_link(&request("cus_1")).await })
    };
    let leader = call();
    while gate.begun.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let follower = call();
    tokio::task::yield_now().await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    gate.answers.add_permits(1);
    assert_eq!(path(&follower.await.unwrap()), "0");
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_ends_and_the_next_begins_anew() {
    let (gate, provider) = setting();
    let request = request("cus_1");
    let alive: Weak<()> = Arc::downgrade(&gate.alive);
    for round in 1..=2 {
        tokio::select! {
            biased;
            _ = provider.create_link(&request) => unreachable!("the gate is closed"),
            () = async {} => {}
        }
        assert_eq!(gate.begun.load(Ordering::SeqCst), round);
        assert_eq!(alive.strong_count(), 1, "the call was dropped");
        assert!(format!("{provider:?}").contains("flying: 0"));
    }
}

#[tokio::test]
async fn a_request_that_does_not_parse_is_no_other_ones() {
    let (gate, provider) = setting();
    gate.answers.add_permits(2);
    let (bad, good) = (request("cus_1").subscription(""), request("cus_1"));
    let (first, second) = tokio::join!(provider.create_link(&bad), provider.create_link(&good));
    assert_eq!([&first, &second].map(path), ["0", "1"]);
}

#[tokio::test]
async fn links_that_may_work_once_are_shared_only_if_somebody_says_so() {
    let error = SingleFlight::new(gate(&SINGLE_USE)).unwrap_err();
    assert_eq!(
        (error.kind(), error.provider()),
        (Kind::Unsupported, Some("gate"))
    );
    let provider = SingleFlight::sharing_links(gate(&SINGLE_USE));
    assert_eq!(provider.info().id, "gate");
    assert!(!format!("{provider:?}").contains("cus_1"));
}
