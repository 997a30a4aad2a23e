use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::{BASIC, Fixture, JSON, KWIK_PATH};

/// The database path for the child process that the test starts and kills.
const VICTIM: &str = "PORTAL_SANDBOX_TEST_VICTIM";
const NAME: &str = "crash::a_killed_sandbox_loses_no_acknowledged_link";
const MARK: &str = "the sandbox listens on ";
const ENOUGH: usize = 200;

#[tokio::test]
async fn a_killed_sandbox_loses_no_acknowledged_link() {
    if let Some(path) = std::env::var_os(VICTIM) {
        return serve_until_killed(Path::new(&path)).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture", "--test-threads=1"])
        .env(VICTIM, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(victim.stdout.take().unwrap());
    let address = output
        .lines()
        .find_map(|line| Some(line.unwrap().split_once(MARK)?.1.to_owned()))
        .expect("the victim says where it listens");

    let acknowledged = Arc::new(Mutex::new(Vec::<Value>::new()));
    let enough = Arc::new(Notify::new());
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (acknowledged, enough) = (Arc::clone(&acknowledged), Arc::clone(&enough));
        let address = address.clone();
        callers.spawn(async move {
            // Each task calls until the sandbox is gone.
            while let Some(result) = create_link(&address).await {
                let mut all = acknowledged.lock().unwrap();
                all.push(result);
                if all.len() == ENOUGH {
                    enough.notify_one();
                }
            }
        });
    }
    enough.notified().await;
    // On Unix this is SIGKILL, in the middle of calls: no cleanup runs.
    victim.kill().unwrap();
    victim.wait().unwrap();
    while callers.join_next().await.is_some() {}

    let database = rusqlite::Connection::open(&path).unwrap();
    let verdict: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    drop(database);
    let sandbox = Fixture::on_file(&path).await;
    let state = sandbox.state().await;
    let kept: Vec<_> = state["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| &link["id"])
        .collect();
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= ENOUGH);
    for result in &acknowledged {
        assert!(
            kept.contains(&&result["id"]),
            "{} of {}",
            result["id"],
            kept.len()
        );
    }
    let last = acknowledged.last().unwrap()["link_url"].as_str().unwrap();
    let page = last.strip_prefix(&format!("http://{address}")).unwrap();
    assert_eq!(sandbox.get(page).await.status, 200);
}

/// Serves until it is killed, or its parent is gone.
async fn serve_until_killed(path: &Path) {
    let sandbox = Fixture::on_file(path).await;
    let address = sandbox.sandbox.url().strip_prefix("http://").unwrap();
    let line = format!("{MARK}{address}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    let parent = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    parent.await.unwrap().unwrap();
}

/// Creates a link and returns the `result`; `None` without a complete answer.
async fn create_link(address: &str) -> Option<Value> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let body = json!({ "customer_id": "cus_demo_new" }).to_string();
    let mut request = Request::post(KWIK_PATH).header("host", address);
    for (name, value) in [JSON, BASIC] {
        request = request.header(name, value);
    }
    let answer = sender
        .send_request(request.body(body).unwrap())
        .await
        .ok()?;
    let body = http_body_util::BodyExt::collect(answer.into_body())
        .await
        .ok()?;
    drop(sender);
    let _ = connection.await;
    let answer: Value = serde_json::from_slice(&body.to_bytes()).ok()?;
    Some(answer["result"].clone())
}
