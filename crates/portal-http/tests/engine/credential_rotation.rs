//! Keys that change while a client lives.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use portal_core::{
    Adapter, Call, Credential, Error, Kind, PortalLink, PortalProvider, ProviderInfo, Result,
    ValidatedRequest,
};
use portal_http::{Client, CredentialProvider, Options};
use tokio::sync::Notify;

use crate::common::{Example, LINK, ONCE, TestClock, credential, request};
use crate::scripted_host::{TestServer, reply, reply_link};

/// The example's adapter, whose errors hold text that is redacted.
#[derive(Debug)]
struct Redacting;

impl Adapter for Redacting {
    fn info(&self) -> &'static ProviderInfo {
        Example(ONCE).info()
    }

    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        let call = Example(ONCE).create_link(request)?;
        Ok(Call::new(
            call.operation(),
            ONCE,
            call.request().clone(),
            move |answer| {
                call.decode(answer)
                    .map_err(|error| error.with_provider_code(answer.redact("new not old")))
            },
        ))
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        Err("not asked for")
    }
}

/// What a file or a command would say, and how often it was asked.
#[derive(Clone, Debug)]
struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// What `refresh_if_changed` finds, once.
    file: Mutex<Result<Option<&'static str>>>,
    /// What `refresh` finds every time, and the key that it returned last.
    command: Mutex<Result<&'static str>>,
    given: Mutex<&'static str>,
    renewals: AtomicUsize,
    /// Whether `refresh` waits for `go`.
    slow: bool,
    go: Notify,
    asked: Notify,
}

impl Vault {
    fn new(slow: bool) -> Self {
        Self(Arc::new(Inner {
            file: Mutex::new(Ok(None)),
            command: Mutex::new(Ok("old")),
            given: Mutex::new("old"),
            renewals: AtomicUsize::new(0),
            slow,
            go: Notify::new(),
            asked: Notify::new(),
        }))
    }

    fn put(&self, key: &'static str) {
        *self.0.command.lock().unwrap() = Ok(key);
    }

    fn renewals(&self) -> usize {
        self.0.renewals.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl CredentialProvider for Vault {
    fn refresh_if_changed(&self) -> Result<Option<Credential>> {
        let mut file = self.0.file.lock().unwrap();
        match &mut *file {
            Ok(key) => Ok(key.take().map(credential)),
            Err(error) => Err(error.clone()),
        }
    }

    async fn refresh(&self) -> Result<Option<Credential>> {
        self.0.renewals.fetch_add(1, Ordering::SeqCst);
        self.0.asked.notify_one();
        if self.0.slow {
            self.0.go.notified().await;
        }
        let key = self.0.command.lock().unwrap().clone()?;
        let mut given = self.0.given.lock().unwrap();
        if *given == key {
            return Ok(None);
        }
        *given = key;
        Ok(Some(credential(key)))
    }
}

/// A provider that takes some keys and no other.
async fn provider(keys: &Arc<Mutex<Vec<&'static str>>>) -> TestServer {
    let keys = keys.clone();
    TestServer::open(move |head| {
        let good = |key| head.contains(&format!("x-key: {key}\r\n"));
        match keys.lock().unwrap().iter().any(good) {
            true => reply_link(),
            false => reply("401 Unauthorized", ""),
        }
    })
    .await
}

fn client(server: &TestServer, vault: &Vault, clock: &TestClock) -> Client {
    let mut options = Options::default();
    options.base_url = Some(server.url().parse().unwrap());
    options.retry.max_retries = 0;
    Client::with_clock(
        Redacting,
        credential("old"),
        options,
        Arc::new(clock.clone()),
        || 0.5,
    )
    .unwrap()
    .with_credential_provider(vault.clone())
}

async fn setting(keys: &[&'static str]) -> (TestServer, Vault, Client) {
    let server = provider(&Arc::new(Mutex::new(keys.to_vec()))).await;
    let vault = Vault::new(false);
    let client = client(&server, &vault, &TestClock::default());
    (server, vault, client)
}

#[tokio::test]
async fn a_key_that_changed_is_used_by_the_next_call() {
    let (server, vault, client) = setting(&["new"]).await;
    *vault.0.file.lock().unwrap() = Ok(Some("new"));
    assert_eq!(
        client.create_link(&request()).await.unwrap().url().expose(),
        LINK
    );
    assert_eq!((server.requests(), vault.renewals()), (1, 0));
}

#[tokio::test]
async fn a_refused_key_is_read_again_and_the_call_made_once_more() {
    let (server, vault, client) = setting(&["new"]).await;
    vault.put("new");
    // Not a retry of the policy's: that allows none here.
    assert_eq!(
        client.create_link(&request()).await.unwrap().url().expose(),
        LINK
    );
    assert_eq!((server.requests(), vault.renewals()), (2, 1));
    client.create_link(&request()).await.unwrap();
    assert_eq!((server.requests(), vault.renewals()), (3, 1));
}

#[tokio::test]
async fn a_key_that_is_refused_again_is_not_read_a_third_time() {
    let (server, vault, client) = setting(&["another"]).await;
    vault.put("new");
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Unauthenticated, 2));
    assert_eq!((server.requests(), vault.renewals()), (2, 1));
    // The answer is redacted by the credential of the last attempt.
    assert_eq!(error.provider_code(), Some("*** not old"));
}

#[tokio::test]
async fn a_key_that_is_still_the_same_is_refused_once() {
    let (server, vault, client) = setting(&[]).await;
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Unauthenticated, 1));
    assert_eq!((server.requests(), vault.renewals()), (1, 1));
}

#[tokio::test]
async fn a_key_that_is_dead_is_read_again_once_a_second_for_all_calls_together() {
    let server = provider(&Arc::default()).await;
    let (vault, clock) = (Vault::new(false), TestClock::default());
    let client = client(&server, &vault, &clock);
    let clone_for_runtime = client.clone_for_runtime().unwrap();
    for (passed, renewals) in [(0, 1), (999, 1), (1, 2), (0, 2), (5_000, 3)] {
        clock.advance(Duration::from_millis(passed));
        for client in [&client, &clone_for_runtime, &client] {
            let error = client.create_link(&request()).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (Kind::Unauthenticated, 1));
        }
        assert_eq!(vault.renewals(), renewals);
    }
}

#[tokio::test]
async fn keys_that_are_dead_in_turn_cost_one_more_request_a_second() {
    let (server, vault, client) = setting(&[]).await;
    for key in ["new", "old", "new", "old"] {
        vault.put(key);
        client.create_link(&request()).await.unwrap_err();
    }
    assert_eq!((server.requests(), vault.renewals()), (5, 1));
}

#[tokio::test]
async fn a_key_that_changes_by_itself_may_be_renewed_at_once() {
    let (_door, vault, client) = setting(&["newest"]).await;
    client.create_link(&request()).await.unwrap_err();
    *vault.0.file.lock().unwrap() = Ok(Some("new"));
    vault.put("newest");
    client.create_link(&request()).await.unwrap();
    assert_eq!(vault.renewals(), 2);
}

#[tokio::test]
async fn calls_that_are_refused_together_share_one_refresh() {
    let server = provider(&Arc::default()).await;
    let vault = Vault::new(true);
    let client = client(&server, &vault, &TestClock::default());
    let request = request();
    let call = || client.create_link(&request);
    let all_refused = async {
        while server.requests() < 3 {
            tokio::task::yield_now().await;
        }
        vault.0.go.notify_one();
    };
    let (first, second, third, ()) = tokio::join!(call(), call(), call(), all_refused);
    for outcome in [first, second, third] {
        assert_eq!(outcome.unwrap_err().kind(), Kind::Unauthenticated);
    }
    assert_eq!((server.requests(), vault.renewals()), (3, 1));
}

#[tokio::test]
async fn an_unreadable_file_keeps_the_old_key_and_the_providers_refusal() {
    let (_door, vault, client) = setting(&["old"]).await;
    let unreadable = || Error::configuration("api_key", "the file is half written");
    *vault.0.file.lock().unwrap() = Err(unreadable());
    *vault.0.command.lock().unwrap() = Err(unreadable());
    assert!(client.create_link(&request()).await.is_ok());

    let (_door, vault, client) = setting(&[]).await;
    *vault.0.command.lock().unwrap() = Err(unreadable());
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Unauthenticated, 1));
}

#[tokio::test]
async fn a_renewal_is_not_waited_for_beyond_the_deadline() {
    let server = provider(&Arc::default()).await;
    let (vault, clock) = (Vault::new(true), TestClock::default());
    let client = client(&server, &vault, &clock);
    let request = request();
    let passing = async {
        vault.0.asked.notified().await;
        clock.advance(Duration::from_secs(30));
    };
    let (outcome, ()) = tokio::join!(client.create_link(&request), passing);
    assert_eq!(outcome.unwrap_err().kind(), Kind::Unauthenticated);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn two_hundred_calls_live_through_a_change_of_keys() {
    let keys = Arc::new(Mutex::new(vec!["old"]));
    let server = provider(&keys).await;
    let vault = Vault::new(true);
    let client = Arc::new(client(&server, &vault, &TestClock::default()));
    client.create_link(&request()).await.unwrap();

    *keys.lock().unwrap() = vec!["new"];
    vault.put("new");
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.create_link(&request()).await })
        })
        .collect();
    while server.requests() < 201 {
        tokio::task::yield_now().await;
    }
    vault.0.go.notify_one();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    // All were refused, one had the key read, and each was made once more.
    assert_eq!((server.requests(), vault.renewals()), (401, 1));
}

#[tokio::test]
async fn a_call_that_is_dropped_while_it_has_the_key_read_leaves_that_to_the_next() {
    let server = provider(&Arc::new(Mutex::new(vec!["new"]))).await;
    let vault = Vault::new(true);
    let client = client(&server, &vault, &TestClock::default());
    vault.put("new");
    let request = request();
    tokio::select! {
        biased;
        _ = client.create_link(&request) => unreachable!("the vault is slow"),
        () = vault.0.asked.notified() => {}
    }
    vault.0.go.notify_one();
    client.create_link(&request).await.unwrap();
    assert_eq!(vault.renewals(), 2);
}

#[tokio::test]
async fn siblings_share_the_key_of_the_moment_but_no_connection() {
    let (server, vault, client) = setting(&["new"]).await;
    vault.put("new");
    let clone_for_runtime = client.clone_for_runtime().unwrap();
    client.create_link(&request()).await.unwrap();
    clone_for_runtime.create_link(&request()).await.unwrap();
    assert_eq!((server.requests(), vault.renewals()), (3, 1));
    assert_eq!(server.connections(), 2);
}
