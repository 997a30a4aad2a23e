use hyper::Method;
use serde_json::json;

use crate::support::{Answer, Fixture};
use crate::visitor::{FORM, csrf_field, encoded};

async fn links(sandbox: &Fixture) -> [(String, &'static str); 2] {
    let kwik =
        json!({ "customer_id": "cus_demo_inactive", "subscription_id": "sub_demo_inactive" });
    [
        (sandbox.kwik_link(&kwik).await, "reactivate"),
        (
            sandbox
                .onlineapp_link(&json!({ "email": "active@sandbox.test" }))
                .await,
            "cancel",
        ),
    ]
}

/// Turns single-use links on in the database that the sandbox uses.
fn bind_links(path: &std::path::Path) {
    let database = rusqlite::Connection::open(path).unwrap();
    database
        .execute_batch(
            "UPDATE kwik_account SET single_use_links = 1; UPDATE onlineapp_paywalls SET single_use_links = 1;",
        )
        .unwrap();
}

fn cookie(page: &Answer) -> String {
    let set = page.header("set-cookie");
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_form_without_the_pages_own_token_gets_403_and_changes_nothing() {
    let sandbox = Fixture::start().await;
    let links = links(&sandbox).await;
    let before = sandbox.belongings().await;
    for (index, (link, step)) in links.iter().enumerate() {
        let path = format!("{link}/{step}");
        let other = csrf_field(&links[1 - index].0);
        for body in [
            String::new(),
            "csrf=".to_owned(),
            "csrf=AAAA".to_owned(),
            encoded(&[("csrf", &other)]),
            encoded(&[("csrf", &csrf_field(link)[1..])]),
            format!("{{\"csrf\":\"{}\"}}", csrf_field(link)),
        ] {
            let answer = sandbox.post(&path, &[FORM], &body).await;
            assert_eq!(answer.status, 403, "{body}");
            answer.shows(&[
                "This request did not come from your page",
                "Nothing was changed.",
            ]);
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    assert_eq!(sandbox.belongings().await, before);
}

#[tokio::test]
async fn the_token_in_the_pages_forms_is_the_one_that_opens_them() {
    let sandbox = Fixture::start().await;
    for (link, step) in links(&sandbox).await {
        let form = sandbox.look(&link, step).await;
        assert!(form.body.contains(&format!(
            r#"<form class="card" method="post" action="{link}/{step}">"#
        )));
        let body = encoded(&[("csrf", form.hidden("csrf"))]);
        let answer = sandbox
            .post(&format!("{link}/{step}"), &[FORM], &body)
            .await;
        assert_eq!(answer.status, 303);
    }
}

#[tokio::test]
async fn a_cross_site_form_gets_403_and_changes_nothing() {
    let sandbox = Fixture::start().await;
    let links = links(&sandbox).await;
    let before = sandbox.belongings().await;
    for (link, step) in &links {
        let body = encoded(&[("csrf", &csrf_field(link))]);
        for headers in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "http://evil.example"),
            ("origin", "http://127.0.0.1:1"),
        ] {
            let answer = sandbox
                .post(&format!("{link}/{step}"), &[FORM, headers], &body)
                .await;
            assert_eq!(answer.status, 403, "{headers:?}");
        }
    }
    assert_eq!(sandbox.belongings().await, before);
    let own = ("origin", sandbox.sandbox.url());
    for (link, step) in &links {
        let body = encoded(&[("csrf", &csrf_field(link))]);
        let answer = sandbox
            .post(&format!("{link}/{step}"), &[FORM, own], &body)
            .await;
        assert_eq!(answer.status, 303);
    }
}

#[tokio::test]
async fn an_expired_an_unknown_and_the_other_providers_link_accept_no_step() {
    let sandbox = Fixture::start().await;
    let links = links(&sandbox).await;
    let before = sandbox.belongings().await;
    let crossed = links[0].0.replace("/portal/", "/p/session/");
    assert_eq!(sandbox.submit(&crossed, "cancel", &[]).await.status, 404);
    assert_eq!(
        sandbox
            .submit("/portal/nothing", "cancel", &[])
            .await
            .status,
        404
    );
    sandbox.advance(3600);
    for (link, step) in &links {
        let answer = sandbox.submit(link, step, &[]).await;
        assert_eq!(answer.status, 410);
        answer.shows(&["This link has expired"]);
        assert_eq!(sandbox.look(link, step).await.status, 410);
    }
    let mut after = sandbox.belongings().await;
    after["now"] = before["now"].clone();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_status_line_is_shown_once() {
    let sandbox = Fixture::start().await;
    for (link, step) in links(&sandbox).await {
        assert_eq!(sandbox.submit(&link, step, &[]).await.status, 303);
        let head = sandbox.send(Method::HEAD, &link, &[], "").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        assert!(!sandbox.get(&link).await.notice().is_empty());
        sandbox.get(&link).await.hides(&[r#"role="status""#]);
    }
}

#[tokio::test]
async fn a_single_use_link_belongs_to_the_first_browser_that_opens_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let sandbox = Fixture::on_file(&path).await;
    bind_links(&path);
    for (link, step) in links(&sandbox).await {
        let head = sandbox.send(Method::HEAD, &link, &[], "").await;
        assert_eq!((head.status, head.header("set-cookie")), (200, ""));
        let first = sandbox.get(&link).await;
        assert_eq!(first.status, 200);
        let mine = cookie(&first);
        let set = first.header("set-cookie");
        assert_eq!(
            set.split_once(';').unwrap().1,
            format!(" Path={link}; HttpOnly; SameSite=Lax")
        );
        let again = sandbox
            .send(Method::GET, &link, &[("cookie", &mine)], "")
            .await;
        assert_eq!((again.status, again.header("set-cookie")), (200, ""));

        for others in [vec![], vec![("cookie", "portal_session=guess")]] {
            let used = sandbox.send(Method::GET, &link, &others, "").await;
            assert_eq!(used.status, 410);
            used.shows(&["This link has already been used"]);
            used.hides(&["Pieter", "active@"]);
            let answer = sandbox.submit(&link, step, &[]).await;
            assert_eq!(answer.status, 410);
        }

        let confirm = sandbox
            .send(
                Method::GET,
                &format!("{link}/{step}"),
                &[("cookie", &mine)],
                "",
            )
            .await;
        let body = encoded(&[("csrf", confirm.hidden("csrf"))]);
        let headers = [FORM, ("cookie", mine.as_str())];
        let answer = sandbox
            .post(&format!("{link}/{step}"), &headers, &body)
            .await;
        assert_eq!(answer.status, 303);
    }
}

#[tokio::test]
async fn the_file_holds_no_session_of_a_single_use_link() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let sandbox = Fixture::on_file(&path).await;
    bind_links(&path);
    let link = &links(&sandbox).await[0].0;
    let mine = cookie(&sandbox.get(link).await);
    let session = mine.split_once('=').unwrap().1;
    assert_eq!(session.len(), 43);
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let mut windows = bytes.windows(session.len());
        assert!(!windows.any(|window| window == session.as_bytes()));
    }
}

#[tokio::test]
async fn an_unopened_single_use_link_accepts_no_step() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let sandbox = Fixture::on_file(&path).await;
    bind_links(&path);
    for (link, step) in links(&sandbox).await {
        assert_eq!(sandbox.submit(&link, step, &[]).await.status, 403);
        assert_eq!(sandbox.get(&link).await.status, 200);
    }
}
