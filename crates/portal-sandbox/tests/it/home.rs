use hyper::Method;

use crate::support::{Answer, Fixture};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn assert_security_headers(page: &Answer) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    // No referrer at all would make a browser say `Origin: null` with the page's own forms.
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert!(!page.body.contains("<script") && !page.body.contains("style="));
}

async fn csrf(sandbox: &Fixture) -> String {
    let page = sandbox.get("/").await;
    let (_, rest) = page
        .body
        .split_once(r#"name="csrf" value=""#)
        .expect("the page has a form");
    rest.split('"').next().unwrap().to_owned()
}

/// Sends a form as the page would.
async fn send(sandbox: &Fixture, fields: &str) -> Answer {
    let body = format!("csrf={}&{fields}", csrf(sandbox).await);
    let origin = ("origin", sandbox.sandbox.url());
    sandbox.post("/_home/link", &[FORM, origin], &body).await
}

/// Returns the path of the link on the page, if there is one.
fn link(sandbox: &Fixture, page: &Answer) -> Option<String> {
    let (_, rest) = page.body.split_once(&format!(
        r#"class="button" href="{}"#,
        sandbox.sandbox.url()
    ))?;
    rest.split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn the_home_page_shows_the_sandboxs_configuration() {
    let sandbox = Fixture::start().await;
    let page = sandbox.get("/").await;
    assert_eq!(page.status, 200);
    assert_security_headers(&page);
    for part in [
        env!("CARGO_PKG_VERSION"),
        sandbox.sandbox.url(),
        "in memory",
        "classic",
        "sk_sandbox_onlineapp",
        "sandbox_secret",
        "13 March 2026, 11:30:00 UTC",
        "Thandi Active",
        "active@sandbox.test",
        "No call has arrived yet",
    ] {
        assert!(
            page.body.contains(part),
            "{part} is missing in {}",
            page.body
        );
    }
}

#[tokio::test]
async fn a_database_file_is_mentioned_without_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Fixture::on_file(&folder.path().join("canary.sqlite")).await;
    let page = sandbox.get("/").await;
    assert!(page.body.contains("in a file") && !page.body.contains("canary"));
}

#[tokio::test]
async fn a_form_creates_a_link_and_shows_it_once() {
    let sandbox = Fixture::start().await;
    for (fields, part) in [
        (
            "provider=kwik&customer=cus_demo_active&subscription=sub_demo_active",
            "Manage your subscription",
        ),
        (
            "provider=kwik&customer=cus_demo_active&subscription=",
            "Choose a package",
        ),
        ("provider=kwik&customer=cus_demo_new", "Naledi New"),
        (
            "provider=onlineapp&email=new%40example.com",
            "new@example.com",
        ),
    ] {
        let created = send(&sandbox, fields).await;
        assert_eq!(created.status, 200, "{fields}");
        assert_security_headers(&created);
        let path = link(&sandbox, &created).expect("the answer shows a link");
        let portal = sandbox.get(&path).await;
        assert_eq!(portal.status, 200);
        assert!(portal.body.contains(part), "{part} is not behind {fields}");
        let token = path.rsplit('/').next().unwrap();
        for elsewhere in ["/", "/journal", "/_sandbox/state", "/_sandbox/journal"] {
            assert!(!sandbox.get(elsewhere).await.body.contains(token));
        }
    }
}

#[tokio::test]
async fn a_refused_form_shows_the_answer_to_a_call() {
    let classic = Fixture::start().await;
    let v3 = Fixture::v3().await;
    for (sandbox, fields, status, part) in [
        (
            &classic,
            "provider=onlineapp&email=conflict%40sandbox.test",
            409,
            "hasActivePurchase",
        ),
        (
            &classic,
            "provider=onlineapp&email=unknown",
            400,
            "Invalid email format",
        ),
        (
            &v3,
            "provider=onlineapp&email=unknown%40example.com",
            403,
            "isTest",
        ),
        (&v3, "provider=kwik&customer=cus_none", 404, "007"),
        (
            &v3,
            "provider=kwik&customer=cus_demo_new&subscription=sub_demo_active",
            404,
            "007",
        ),
    ] {
        let answer = send(sandbox, fields).await;
        assert_eq!(answer.status, status, "{fields}");
        assert!(answer.body.contains(part), "{}", answer.body);
        assert_eq!(link(sandbox, &answer), None);
        assert_security_headers(&answer);
    }
    let state = classic.state().await;
    assert_eq!(state["links"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_form_from_elsewhere_does_nothing() {
    let sandbox = Fixture::start().await;
    let other = csrf(&Fixture::start().await).await;
    for path in ["/_home/clock", "/_home/faults", "/_home/rate-limit"] {
        let answer = sandbox.post(path, &[FORM], "seconds=1&limit=on").await;
        assert_eq!(answer.status, 403, "{path}");
        assert_security_headers(&answer);
    }
    for body in [
        "provider=kwik&customer=cus_demo_new".to_owned(),
        "csrf=&provider=kwik&customer=cus_demo_new".to_owned(),
        format!("csrf={other}&provider=kwik&customer=cus_demo_new"),
        format!("csrf={other}&csrf={other}"),
        "\u{0}".to_owned(),
    ] {
        let answer = sandbox.post("/_home/link", &[FORM], &body).await;
        assert_eq!(answer.status, 403, "{body}");
        assert_security_headers(&answer);
    }
    let own = format!(
        "csrf={}&provider=kwik&customer=cus_demo_new",
        csrf(&sandbox).await
    );
    for headers in [
        vec![],
        vec![FORM, ("origin", "http://evil.example")],
        vec![FORM, ("origin", "null")],
        vec![FORM, ("host", "evil.example")],
    ] {
        let answer = sandbox.post("/_home/link", &headers, &own).await;
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    let state = sandbox.state().await;
    assert_eq!(state["links"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_foreign_host_or_origin_sees_nothing_of_the_home_page() {
    let sandbox = Fixture::start().await;
    for (header, value) in [("host", "evil.example"), ("origin", "http://evil.example")] {
        for path in ["/", "/journal"] {
            let page = sandbox
                .send(Method::GET, path, &[(header, value)], "")
                .await;
            assert_eq!(page.status, 403);
            assert_security_headers(&page);
            assert!(!page.body.contains("csrf") && !page.body.contains("secret"));
        }
    }
}

#[tokio::test]
async fn the_journal_shows_the_newest_twenty_calls_with_secrets_masked() {
    let sandbox = Fixture::start().await;
    for number in 0..21 {
        let meta = serde_json::json!({ "n": format!("<i>{number}</i>") });
        sandbox
            .onlineapp(&serde_json::json!({ "email": "canary@example.com", "userMeta": meta }))
            .await;
    }
    for path in ["/journal", "/"] {
        let page = sandbox.get(path).await;
        let calls: Vec<_> = page.body.split("<details>").skip(1).collect();
        assert_eq!(calls.len(), 20);
        assert!(calls[0].contains("&#60;i&#62;20&#60;/i&#62;"));
        assert!(calls[19].contains("&#60;i&#62;1&#60;/i&#62;"));
        for call in calls {
            assert!(call.contains("***@example.com") && !call.contains("canary"));
            assert!(call.contains("x-api-key: ***") && !call.contains("sk_sandbox"));
            assert!(!call.contains("/p/session/") && !call.contains("<i>"));
        }
    }
    assert_eq!(sandbox.get("/journal").await.header("refresh"), "2");
    assert_eq!(sandbox.get("/journal?paused").await.header("refresh"), "");
    assert_eq!(sandbox.get("/").await.header("refresh"), "");
}

#[tokio::test]
async fn the_stylesheets_of_the_home_page_are_served() {
    let sandbox = Fixture::start().await;
    let page = sandbox.get("/").await;
    for path in ["/assets/portal.css", "/assets/home.css"] {
        assert!(page.body.contains(path));
        let css = sandbox.get(path).await;
        assert_eq!(
            (css.status, css.header("content-type")),
            (200, "text/css; charset=utf-8")
        );
    }
}
