//! Secrets that come from files and commands, and change while a client lives.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portal::config::Config;
use portal::{Client, Customer, Delivery, Error, Kind, LinkRequest, PortalProvider};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The credentials in `Basic` for the pairs `old:old`, `new:old` and `new:new`.
const OLD_PAIR: &str = "b2xkOm9sZA==";
const TORN_PAIR: &str = "bmV3Om9sZA==";
const NEW_PAIR: &str = "bmV3Om5ldw==";

/// A function that is called for each request, with the number of earlier requests and the key.
type OnRequest = Box<dyn Fn(usize, &str) + Send + Sync>;

/// A server for both providers that accepts these keys only.
#[derive(Clone)]
struct KeyServer {
    url: String,
    accepted: Arc<Mutex<Vec<&'static str>>>,
    keys: Arc<Mutex<Vec<String>>>,
    on_request: Arc<Mutex<OnRequest>>,
}

impl KeyServer {
    async fn open(accepted: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            accepted: Arc::new(Mutex::new(accepted.to_vec())),
            keys: Arc::default(),
            on_request: Arc::new(Mutex::new(Box::new(|_, _| {}))),
        };
        let this = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let this = this.clone();
                tokio::spawn(async move { this.serve(stream).await });
            }
        });
        server
    }

    fn accept_only(&self, accepted: &[&'static str]) {
        *self.accepted.lock().unwrap() = accepted.to_vec();
    }

    fn on_request(&self, callback: impl Fn(usize, &str) + Send + Sync + 'static) {
        *self.on_request.lock().unwrap() = Box::new(callback);
    }

    fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }

    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut key, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
                match line.trim_end().split_once(": ") {
                    Some(("authorization", text)) => key = text.replace("Basic ", ""),
                    Some(("x-api-key", text)) => text.clone_into(&mut key),
                    Some(("content-length", text)) => length = text.parse().ok()?,
                    Some(_) => {}
                    None if line == "\r\n" => break,
                    None => {}
                }
            }
            stream.read_exact(&mut vec![0; length]).await.ok()?;
            let accepted = self.accepted.lock().unwrap().contains(&key.as_str());
            let before = self.keys().len();
            self.keys.lock().unwrap().push(key.clone());
            (self.on_request.lock().unwrap())(before, &key);
            let link = "http://127.0.0.1/portal/x";
            let body =
                format!(r#"{{"url":"{link}","status":true,"result":{{"link_url":"{link}"}}}}"#);
            let (status, body) = match accepted {
                true => ("200 OK", body.as_str()),
                false => ("401 Unauthorized", "{}"),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream
                .write_all(format!("{head}{body}").as_bytes())
                .await
                .ok()?;
        }
    }
}

/// Replaces a file the way that orchestrators do: whole, under a new name.
fn replace(file: &Path, text: &str) {
    let aside = file.with_extension("aside");
    fs::write(&aside, text).unwrap();
    fs::rename(&aside, file).unwrap();
}

fn folder() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (key, secret) = (folder.path().join("key"), folder.path().join("secret"));
    replace(&key, "old\n");
    replace(&secret, "old\n");
    (folder, key, secret)
}

fn onlineapp(server: &KeyServer) -> Config {
    let mut config = Config::new("onlineapp").unwrap();
    config.set("paywall_id", "547").unwrap();
    config.set("base_url", server.url.as_str()).unwrap();
    config.set_max_retries(0);
    config
}

fn onlineapp_with_file(server: &KeyServer, key: &Path) -> Client {
    let mut config = onlineapp(server);
    config.set_from_file("api_key", key).unwrap();
    config.client().unwrap()
}

fn onlineapp_with_command(server: &KeyServer, command: &[&str]) -> Client {
    let mut config = onlineapp(server);
    config.set_from_command("api_key", command).unwrap();
    config.client().unwrap()
}

fn kwik_with_files(server: &KeyServer, key: &Path, secret: &Path) -> Client {
    let mut config = Config::new("kwik").unwrap();
    config.set("base_url", server.url.as_str()).unwrap();
    config.set_from_file("api_key", key).unwrap();
    config.set_from_file("api_secret", secret).unwrap();
    config.set_max_retries(0);
    config.client().unwrap()
}

async fn call(client: &Client) -> Result<(), Error> {
    let customer = Customer::from_id("cus_1").with_email("user@example.com");
    client
        .create_link(&LinkRequest::new(customer))
        .await
        .map(drop)
}

#[tokio::test]
async fn a_file_that_was_replaced_is_read_before_the_next_call() {
    let (_folder, key, secret) = folder();
    let server = KeyServer::open(&["old", "new", OLD_PAIR, NEW_PAIR]).await;
    let (onlineapp, kwik) = (
        onlineapp_with_file(&server, &key),
        kwik_with_files(&server, &key, &secret),
    );
    for client in [&onlineapp, &kwik] {
        call(client).await.unwrap();
    }
    replace(&key, "new\n");
    replace(&secret, "new\n");
    for client in [&onlineapp, &kwik] {
        call(client).await.unwrap();
        call(client).await.unwrap();
    }
    let expected = ["old", OLD_PAIR, "new", "new", NEW_PAIR, NEW_PAIR];
    assert_eq!(server.keys(), expected);
}

#[tokio::test]
async fn keys_that_overlap_rotate_under_load_without_a_failed_call() {
    let (_folder, key, _) = folder();
    let server = KeyServer::open(&["old", "new"]).await;
    let client = Arc::new(onlineapp_with_file(&server, &key));
    let (path, accepted) = (key.clone(), server.accepted.clone());
    server.on_request(move |before, _| match before {
        60 => replace(&path, "new\n"),
        // Calls with the old key may still be on their way.
        100 => *accepted.lock().unwrap() = vec!["new"],
        _ => {}
    });
    let workers: Vec<_> = (0..16)
        .map(|at| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in (at..200).step_by(16) {
                    call(&client).await.unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let keys = server.keys();
    assert!(keys[..60].iter().all(|key| key == "old"), "{keys:?}");
    assert!(keys[120..].iter().all(|key| key == "new"), "{keys:?}");
}

#[tokio::test]
async fn a_key_that_is_revoked_before_its_file_is_replaced_fails_once_and_then_no_more() {
    let (_folder, key, _) = folder();
    let server = KeyServer::open(&["new"]).await;
    let client = onlineapp_with_file(&server, &key);
    let error = call(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Unauthenticated, 1));
    replace(&key, "new\n");
    call(&client).await.unwrap();
    assert_eq!(server.keys(), ["old", "new"]);
}

#[tokio::test]
async fn a_half_changed_pair_is_read_again_after_a_refusal() {
    let (_folder, key, secret) = folder();
    let server = KeyServer::open(&[NEW_PAIR]).await;
    let client = kwik_with_files(&server, &key, &secret);
    replace(&key, "new\n");
    let other = secret.clone();
    server.on_request(move |_, pair| {
        if pair == TORN_PAIR {
            replace(&other, "new\n");
        }
    });
    call(&client).await.unwrap();
    assert_eq!(server.keys(), [TORN_PAIR, NEW_PAIR]);
}

#[tokio::test]
async fn a_half_changed_pair_does_not_fail_while_the_old_one_is_valid() {
    let (_folder, key, secret) = folder();
    let server = KeyServer::open(&[OLD_PAIR, NEW_PAIR]).await;
    let client = kwik_with_files(&server, &key, &secret);
    replace(&key, "new\n");
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    replace(&secret, "new\n");
    server.accept_only(&[NEW_PAIR]);
    call(&client).await.unwrap();
    assert_eq!(server.keys(), [TORN_PAIR, OLD_PAIR, OLD_PAIR, NEW_PAIR]);
}

#[tokio::test]
async fn a_file_that_is_missing_empty_or_no_text_for_a_moment_leaves_the_old_key() {
    let (_folder, key, _) = folder();
    let server = KeyServer::open(&["old", "new"]).await;
    let client = onlineapp_with_file(&server, &key);
    for state in [
        b"".as_slice(),
        b"\n",
        b"canary\xff",
        b"new\nnew\n",
        &[b'x'; 70_000],
    ] {
        fs::write(&key, state).unwrap();
        call(&client).await.unwrap();
    }
    fs::remove_file(&key).unwrap();
    call(&client).await.unwrap();
    fs::create_dir(&key).unwrap();
    call(&client).await.unwrap();
    fs::remove_dir(&key).unwrap();
    assert_eq!(server.keys(), ["old"; 7]);
    replace(&key, "new\n");
    call(&client).await.unwrap();
    assert_eq!(server.keys().last().unwrap(), "new");
}

#[tokio::test]
async fn a_command_is_run_at_the_start_and_once_after_a_refusal() {
    let (folder, key, _) = folder();
    let log = folder.path().join("log");
    let script = format!("echo run >> {}; cat {}", log.display(), key.display());
    let runs = || fs::read_to_string(&log).unwrap().lines().count();
    let server = KeyServer::open(&["old"]).await;
    let client = onlineapp_with_command(&server, &["sh", "-c", &script]);
    call(&client).await.unwrap();
    replace(&key, "new\n");
    call(&client).await.unwrap();
    assert_eq!(runs(), 1);
    server.accept_only(&["new"]);
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    assert_eq!(runs(), 2);
    assert_eq!(server.keys(), ["old", "old", "old", "new", "new"]);
    server.accept_only(&[]);
    // Not with every refusal, but again when a second is over.
    while runs() < 3 {
        let error = call(&client).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthenticated);
    }
}

#[tokio::test]
async fn a_command_that_runs_again_holds_up_no_other_call() {
    let (folder, _, _) = folder();
    let (begun, go) = (folder.path().join("begun"), folder.path().join("go"));
    let script = format!(
        "if test -e {0}; then until test -e {1}; do sleep 0.01; done; echo new; else touch {0}; echo old; fi",
        begun.display(),
        go.display()
    );
    let server = KeyServer::open(&["new"]).await;
    let client = onlineapp_with_command(&server, &["sh", "-c", &script]);
    // All of it on one thread: while the command waits, the other future must get its turn.
    let other = async {
        while server.keys().is_empty() {
            tokio::task::yield_now().await;
        }
        fs::write(&go, "").unwrap();
    };
    let (outcome, ()) = tokio::join!(call(&client), other);
    outcome.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_call_that_is_dropped_ends_the_command_that_it_waits_for() {
    let (folder, _, _) = folder();
    let pid = folder.path().join("pid");
    let script = format!(
        "if test -e {0}; then echo $$ > {0}; exec sleep 1000; else touch {0}; echo old; fi",
        pid.display()
    );
    let server = KeyServer::open(&[]).await;
    let client = onlineapp_with_command(&server, &["sh", "-c", &script]);
    let running = async {
        loop {
            let text = fs::read_to_string(&pid).unwrap();
            if text.ends_with('\n') {
                return format!("/proc/{}", text.trim());
            }
            tokio::task::yield_now().await;
        }
    };
    let process = tokio::select! {
        _ = call(&client) => panic!("the command does not end by itself"),
        process = running => process,
    };
    while Path::new(&process).exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn no_shell_reads_a_command_and_the_first_line_is_the_secret() {
    let server = KeyServer::open(&["$HOME;`x`*\"y\""]).await;
    let client = onlineapp_with_command(&server, &["echo", "$HOME;`x`*\"y\""]);
    call(&client).await.unwrap();
    for (printed, accepted) in [
        ("old", true),
        ("old\\n", true),
        ("old\\r\\n", true),
        ("old\\n\\n", true),
        ("old\\nlogin: ada\\nurl: x", true),
        ("\\nold", false),
        ("old\\r", false),
        ("\\357\\273\\277old", true),
        ("\"old\"", false),
    ] {
        let mut config = onlineapp(&server);
        config
            .set_from_command("api_key", ["printf", printed])
            .unwrap();
        assert_eq!(config.client().is_ok(), accepted, "{printed}");
    }
}

#[test]
fn the_error_of_a_command_without_a_secret_has_its_name_and_no_output() {
    let missing = "/nowhere/canary-folder/vault";
    for (command, why) in [
        (
            ["sh", "-c", "echo canary; echo canary >&2; exit 3"],
            "failed with exit code 3",
        ),
        (
            ["sh", "-c", "echo canary; kill -9 $$"],
            "was ended by a signal",
        ),
        (["sh", "-c", "echo canary >&2"], "printed nothing"),
        (["sh", "-c", "echo"], "printed nothing"),
        (["sh", "-c", "printf 'canary\\377'"], "it is not UTF-8 text"),
        (
            ["sh", "-c", "yes canary | head -c 70000"],
            "it is longer than 64 KiB",
        ),
        (
            ["sh", "-c", "echo canary; exec sleep 1000"],
            "did not end within 0.2 s",
        ),
        (
            ["sh", "-c", "echo canary; exec >&-; exec sleep 1000"],
            "did not end within 0.2 s",
        ),
        ([missing, "canary", ""], "cannot be started"),
    ] {
        let mut config = Config::new("onlineapp").unwrap();
        config.set("paywall_id", "547").unwrap();
        config.set_from_command("api_key", command).unwrap();
        assert!(!format!("{config:?}").contains("canary"), "{config:?}");
        // Only the last but one two need all of it; the others must get by with it on a busy machine.
        let hangs = why.starts_with("did");
        config.set_timeout(Duration::from_millis(if hangs { 200 } else { 30_000 }));
        let error = config.client().unwrap_err();
        assert_eq!(
            (
                error.kind(),
                error.delivery(),
                error.field(),
                error.provider()
            ),
            (
                Kind::Configuration,
                Delivery::NotSent,
                Some("api_key"),
                Some("onlineapp")
            ),
        );
        let output = format!("{error} {error:?}");
        assert!(output.contains(why), "{why}: {output}");
        assert!(
            output.contains("the command `sh`") || output.contains("the command `vault`"),
            "{output}"
        );
        assert!(!output.contains("canary"), "{output}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_command_without_a_program_and_one_for_no_setting_are_refused() {
    let mut config = Config::new("kwik").unwrap();
    for command in [&[][..], &[""], &["", "canary"]] {
        let error = config.set_from_command("api_key", command).unwrap_err();
        assert_eq!(
            (error.kind(), error.field()),
            (Kind::Configuration, Some("api_key"))
        );
        assert!(error.hint().is_some());
    }
    let error = config.set_from_command("canary", ["true"]).unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
}

#[test]
fn a_webhook_secret_is_read_on_use_and_a_client_does_not_need_it() {
    let (folder, file, _) = folder();
    let mut config = Config::new("onlineapp").unwrap();
    config.set("api_key", "key").unwrap();
    config.set("paywall_id", "547").unwrap();
    let missing = folder.path().join("missing");
    config.set_from_file("webhook_secret", &missing).unwrap();
    assert!(config.client().is_ok());
    let error = config.webhook_secret().unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (Kind::Configuration, Some("webhook_secret"))
    );

    config.set_from_file("webhook_secret", &file).unwrap();
    assert_eq!(config.webhook_secret().unwrap().expose(), "old");
    replace(&file, "new\r\n");
    assert_eq!(config.webhook_secret().unwrap().expose(), "new");
    config
        .set_from_command("webhook_secret", ["echo", "printed"])
        .unwrap();
    assert_eq!(config.webhook_secret().unwrap().expose(), "printed");
}
