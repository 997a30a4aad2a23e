use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{BASIC, Fixture, KWIK_BASIC, KWIK_PATH};

async fn create_link(sandbox: &Fixture) -> crate::support::Answer {
    sandbox
        .kwik(&json!({ "customer_id": "cus_demo_new" }))
        .await
}

/// Sends a Kwik call over a bare socket and reads until the other side closes.
async fn raw_answer(sandbox: &Fixture) -> String {
    let mut stream = call(sandbox).await;
    let mut bytes = Vec::new();
    // A reset connection ends the reading too; earlier bytes are kept.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

async fn call(sandbox: &Fixture) -> TcpStream {
    let host = sandbox.sandbox.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let body = r#"{"customer_id":"cus_demo_new"}"#;
    let request = format!(
        "POST {KWIK_PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         authorization: {KWIK_BASIC}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn links(sandbox: &Fixture) -> usize {
    sandbox.state().await["links"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_status_fault_is_answered_the_given_number_of_times() {
    let sandbox = Fixture::start().await;
    let fault = json!({ "provider": "kwik", "fault": "status", "status": 503, "times": 2 });
    sandbox.control("faults", &fault).await.is(200, &fault);
    for _ in 0..2 {
        create_link(&sandbox).await.is(
            503,
            &json!({ "status": false, "error_message": "Service Unavailable" }),
        );
    }
    assert_eq!(links(&sandbox).await, 0, "the call was not handled");
    assert_eq!(create_link(&sandbox).await.status, 200);
    let journal = sandbox.journal().await;
    let statuses: Vec<_> = journal.iter().map(|entry| &entry["status"]).collect();
    assert_eq!(statuses, [503, 503, 200]);
}

#[tokio::test]
async fn a_status_fault_can_have_a_body_and_a_retry_after() {
    let sandbox = Fixture::start().await;
    for (retry_after, sent) in [
        (json!(7), "7"),
        (
            json!("Fri, 13 Mar 2026 12:30:00 GMT"),
            "Fri, 13 Mar 2026 12:30:00 GMT",
        ),
    ] {
        let fault = json!({
            "provider": "kwik", "fault": "status", "status": 429, "retry_after": retry_after, "body": { "a": [1] },
        });
        sandbox.control("faults", &fault).await;
        let answer = create_link(&sandbox).await;
        assert_eq!(answer.header("retry-after"), sent);
        answer.is(429, &json!({ "a": [1] }));
    }
    let fault = json!({ "provider": "onlineapp", "fault": "status", "status": 500, "body": "as it stands" });
    sandbox.control("faults", &fault).await;
    let answer = sandbox.onlineapp(&json!({ "email": "a@b.c" })).await;
    assert_eq!((answer.status, answer.body.as_str()), (500, "as it stands"));
    assert_eq!(answer.header("retry-after"), "");
}

#[tokio::test]
async fn faults_happen_in_order_and_to_their_own_provider() {
    let sandbox = Fixture::start().await;
    for (provider, status) in [("kwik", 500), ("onlineapp", 501), ("kwik", 502)] {
        let fault = json!({ "provider": provider, "fault": "status", "status": status });
        sandbox.control("faults", &fault).await;
    }
    let pending = sandbox.get("/_sandbox/faults").await.json();
    let waiting: Vec<_> = pending.as_array().unwrap().iter().collect();
    assert_eq!(waiting.len(), 3);
    assert_eq!(
        waiting[1],
        &json!({ "provider": "onlineapp", "fault": "status", "times": 1, "status": 501 })
    );
    assert_eq!(create_link(&sandbox).await.status, 500);
    assert_eq!(create_link(&sandbox).await.status, 502);
    assert_eq!(create_link(&sandbox).await.status, 200);
    assert_eq!(
        sandbox.onlineapp(&json!({ "email": "a@b.c" })).await.status,
        501
    );
    sandbox.get("/_sandbox/faults").await.is(200, &json!([]));
}

#[tokio::test]
async fn clearing_and_a_reset_empty_the_queue() {
    let sandbox = Fixture::start().await;
    let fault = json!({ "provider": "kwik", "fault": "not_json", "times": 9 });
    for (method, path) in [
        (Method::DELETE, "/_sandbox/faults"),
        (Method::POST, "/_sandbox/reset"),
    ] {
        sandbox.control("faults", &fault).await;
        assert_eq!(sandbox.send(method, path, &[], "").await.status, 204);
        assert_eq!(create_link(&sandbox).await.status, 200);
    }
}

#[tokio::test]
async fn a_delay_postpones_the_answer_and_the_call_is_handled() {
    let sandbox = Fixture::start().await;
    let fault = json!({ "provider": "kwik", "fault": "delay", "seconds": 0.05 });
    sandbox.control("faults", &fault).await.is(
        200,
        &json!({ "provider": "kwik", "fault": "delay", "seconds": 0.05, "times": 1 }),
    );
    let start = Instant::now();
    assert_eq!(create_link(&sandbox).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_shutdown_cuts_a_delay_short_and_the_call_is_still_answered() {
    let sandbox = Fixture::start().await;
    let fault = json!({ "provider": "kwik", "fault": "delay", "seconds": 300 });
    sandbox.control("faults", &fault).await;
    let mut stream = call(&sandbox).await;
    // The journal shows that the call has arrived.
    while sandbox.journal().await.is_empty() {}
    sandbox.sandbox.shutdown().await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn closing_before_the_answer_sends_not_one_byte() {
    let sandbox = Fixture::start().await;
    let fault = json!({ "provider": "kwik", "fault": "close_before_answer" });
    sandbox.control("faults", &fault).await;
    assert_eq!(raw_answer(&sandbox).await, "");
    assert_eq!(links(&sandbox).await, 0);
    assert_eq!(sandbox.journal().await[0]["status"], Value::Null);
    assert_eq!(create_link(&sandbox).await.status, 200);
}

#[tokio::test]
async fn closing_mid_body_sends_half_of_the_announced_length() {
    let sandbox = Fixture::start().await;
    let fault = json!({ "provider": "kwik", "fault": "close_mid_body" });
    sandbox.control("faults", &fault).await;
    let answer = raw_answer(&sandbox).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let announced = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    assert_eq!(body.len(), announced.parse::<usize>().unwrap() / 2);
    assert!(body.starts_with('{'));
    assert_eq!(links(&sandbox).await, 1, "the provider has acted");
}

#[tokio::test]
async fn unusable_answers_have_their_documented_form() {
    let sandbox = Fixture::start().await;
    let queue = async |fault: &str| {
        let fault = json!({ "provider": "kwik", "fault": fault });
        assert_eq!(sandbox.control("faults", &fault).await.status, 200);
    };
    queue("not_json").await;
    let answer = create_link(&sandbox).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    serde_json::from_str::<Value>(&answer.body).unwrap_err();

    queue("html").await;
    let answer = create_link(&sandbox).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(answer.body.starts_with("<!doctype html>"));

    queue("huge").await;
    let answer = create_link(&sandbox).await;
    assert_eq!((answer.status, answer.body.len()), (200, 9 << 20));
    assert_eq!(answer.header("content-length"), "9437184");
    answer.json();

    queue("status_false_on_200").await;
    let answer = create_link(&sandbox).await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (200, &json!(false))
    );
}

#[tokio::test]
async fn a_redirect_has_the_given_location() {
    let sandbox = Fixture::start().await;
    let fault =
        json!({ "provider": "kwik", "fault": "redirect", "location": "http://127.0.0.1:9/away" });
    sandbox.control("faults", &fault).await;
    let answer = create_link(&sandbox).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (307, "http://127.0.0.1:9/away")
    );
}

#[tokio::test]
async fn an_invalid_fault_gets_400_naming_the_field() {
    let sandbox = Fixture::start().await;
    for (body, field) in [
        (json!({ "fault": "html" }), "provider"),
        (json!({ "provider": "stripe", "fault": "html" }), "provider"),
        (json!({ "provider": "kwik" }), "fault"),
        (json!({ "provider": "kwik", "fault": "explode" }), "fault"),
        (json!({ "provider": "kwik", "fault": "status" }), "status"),
        (
            json!({ "provider": "kwik", "fault": "status", "status": 99 }),
            "status",
        ),
        (
            json!({ "provider": "kwik", "fault": "status", "status": 500, "retry_after": true }),
            "retry_after",
        ),
        (json!({ "provider": "kwik", "fault": "delay" }), "seconds"),
        (
            json!({ "provider": "kwik", "fault": "delay", "seconds": 301 }),
            "seconds",
        ),
        (
            json!({ "provider": "kwik", "fault": "delay", "seconds": -1 }),
            "seconds",
        ),
        (
            json!({ "provider": "kwik", "fault": "redirect" }),
            "location",
        ),
        (
            json!({ "provider": "kwik", "fault": "redirect", "location": "a\nb" }),
            "location",
        ),
        (
            json!({ "provider": "kwik", "fault": "html", "times": 0 }),
            "times",
        ),
        (
            json!({ "provider": "kwik", "fault": "html", "seconds": 1 }),
            "seconds",
        ),
        (
            json!({ "provider": "kwik", "fault": "html", "time": 1 }),
            "time",
        ),
    ] {
        let answer = sandbox.control("faults", &body).await;
        let error = answer.json();
        assert_eq!(
            (answer.status, &error["field"]),
            (400, &json!(field)),
            "{body}"
        );
        assert!(
            error["error"]
                .as_str()
                .unwrap()
                .contains(&format!("`{field}`"))
        );
    }
    sandbox.get("/_sandbox/faults").await.is(200, &json!([]));
}

#[tokio::test]
async fn the_queue_of_faults_is_bounded() {
    let sandbox = Fixture::start().await;
    let fault = json!({ "provider": "kwik", "fault": "html" });
    for _ in 0..1000 {
        assert_eq!(sandbox.control("faults", &fault).await.status, 200);
    }
    assert_eq!(sandbox.control("faults", &fault).await.status, 400);
}

#[tokio::test]
async fn there_is_no_rate_limit_by_default() {
    let sandbox = Fixture::start().await;
    for _ in 0..150 {
        assert_eq!(create_link(&sandbox).await.status, 200);
    }
    sandbox
        .get("/_sandbox/rate_limit")
        .await
        .is(200, &json!({ "rate_limit": null }));
}

#[tokio::test]
async fn kwik_takes_a_hundred_calls_within_a_second_and_refuses_the_next() {
    let sandbox = Fixture::start().await;
    let limit = json!({ "provider": "kwik" });
    let mut expected = json!({
        "rate_limit": { "provider": "kwik", "per_second": 100, "retry_after": false, "refused": 0 },
    });
    let answer = sandbox.control("rate_limit", &limit).await;
    answer.is(200, &expected);
    for _ in 0..100 {
        assert_eq!(create_link(&sandbox).await.status, 200);
    }
    let answer = create_link(&sandbox).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, ""));
    expected["rate_limit"]["refused"] = json!(1);
    sandbox.get("/_sandbox/rate_limit").await.is(200, &expected);
    let other = sandbox.onlineapp(&json!({ "email": "a@b.c" })).await;
    assert_eq!(other.status, 200);
    sandbox.advance(1);
    assert_eq!(create_link(&sandbox).await.status, 200);
}

#[tokio::test]
async fn the_window_slides_and_a_refusal_does_not_count() {
    let sandbox = Fixture::start().await;
    let limit = json!({ "provider": "kwik", "per_second": 2, "retry_after": true });
    sandbox.control("rate_limit", &limit).await;
    let half = Duration::from_millis(500);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(create_link(&sandbox).await.status);
        sandbox.clock.advance(half / 2);
    }
    // Calls at 0, ¼, ½, ¾, 1 and 1¼ seconds.
    assert_eq!(statuses, [200, 200, 429, 429, 200, 200]);
    let answer = create_link(&sandbox).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "1"));

    let off = json!({ "provider": "kwik", "per_second": 0 });
    sandbox.control("rate_limit", &off).await;
    assert_eq!(create_link(&sandbox).await.status, 200);
}

#[tokio::test]
async fn an_invalid_rate_limit_gets_400_naming_the_field() {
    let sandbox = Fixture::start().await;
    for (body, field) in [
        (json!({}), "provider"),
        (json!({ "provider": "onlineapp" }), "provider"),
        (
            json!({ "provider": "kwik", "per_second": -1 }),
            "per_second",
        ),
        (
            json!({ "provider": "kwik", "retry_after": 1 }),
            "retry_after",
        ),
        (json!({ "provider": "kwik", "burst": 1 }), "burst"),
    ] {
        let answer = sandbox.control("rate_limit", &body).await;
        assert_eq!(
            (answer.status, &answer.json()["field"]),
            (400, &json!(field))
        );
    }
}

#[tokio::test]
async fn a_client_that_leaves_during_a_delay_blocks_no_other() {
    let sandbox = Fixture::start().await;
    let fault = json!({ "provider": "kwik", "fault": "delay", "seconds": 300 });
    sandbox.control("faults", &fault).await;
    let stream = call(&sandbox).await;
    while sandbox.journal().await.is_empty() {}
    drop(stream);
    let answer = sandbox
        .post(
            KWIK_PATH,
            &[crate::support::JSON, BASIC],
            r#"{"customer_id":"cus_demo_new"}"#,
        )
        .await;
    assert_eq!(answer.status, 200);
}
