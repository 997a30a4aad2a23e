use std::fs;
use std::path::Path;
use std::sync::Arc;

use portal_sandbox::{Error, Sandbox};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::Fixture;

#[tokio::test]
async fn a_file_keeps_the_state_and_the_links_across_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let first = Fixture::on_file(&path).await;
    let link = first
        .kwik_link(
            &json!({ "customer_id": "cus_demo_active", "settings": { "page_title": "Mine" } }),
        )
        .await;
    first
        .onlineapp_link(&json!({ "email": "a@b.c", "userMeta": { "k": "v" } }))
        .await;
    let state = first.state().await;
    first.sandbox.shutdown().await;

    let second = Fixture::on_file(&path).await;
    assert_eq!(second.state().await, state);
    let page = second.get(&link).await;
    assert!(page.status == 200 && page.body.contains("<title>Mine</title>"));
}

#[tokio::test]
async fn concurrent_calls_get_their_own_answers_and_every_link_is_stored() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let first = Arc::new(Fixture::on_file(&path).await);
    let mut calls = JoinSet::new();
    for number in 0..60 {
        let sandbox = Arc::clone(&first);
        calls.spawn(async move {
            let title = format!("Number {number}");
            let settings = json!({ "page_title": &title });
            let customer = ["cus_demo_new", "unknown"][number % 2];
            let body = json!({ "customer_id": customer, "settings": settings });
            if number % 2 == 0 {
                return Some((sandbox.kwik_link(&body).await, title));
            }
            assert_eq!(sandbox.kwik(&body).await.status, 404);
            None
        });
    }
    let links: Vec<_> = calls.join_all().await.into_iter().flatten().collect();
    let first = Arc::into_inner(first).unwrap();
    first.sandbox.shutdown().await;

    let second = Fixture::on_file(&path).await;
    let kept = &second.state().await["links"];
    assert_eq!((links.len(), kept.as_array().unwrap().len()), (30, 30));
    for (link, title) in links {
        let page = second.get(&link).await.body;
        assert!(page.contains(&format!("<title>{title}</title>")), "{title}");
    }
}

#[tokio::test]
async fn a_second_sandbox_on_the_same_file_is_refused_also_through_a_link() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let first = Fixture::on_file(&path).await;
    let mut names = vec![path.clone()];
    #[cfg(unix)]
    {
        let link = directory.path().join("link.sqlite");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        names.push(link);
    }
    for name in names {
        let error = start_on(&name).await.unwrap_err();
        assert!(matches!(error, Error::DatabaseInUse { .. }), "{error:?}");
        let expected = format!(
            "another sandbox uses the database `{}`; hint: stop that sandbox, or name another file",
            name.display()
        );
        assert_eq!(error.to_string(), expected);
    }
    first.onlineapp_link(&json!({ "email": "a@b.c" })).await;
    first.sandbox.shutdown().await;
    start_on(&path).await.unwrap();
}

/// Returns the names and modes of a folder's files, sorted.
#[cfg(unix)]
fn modes(folder: &Path) -> Vec<(String, u32)> {
    use std::os::unix::fs::PermissionsExt as _;

    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut modes: Vec<_> = files
        .map(|file| {
            let mode = file.metadata().unwrap().permissions().mode();
            (file.file_name().into_string().unwrap(), mode & 0o777)
        })
        .collect();
    modes.sort();
    modes
}

#[cfg(unix)]
const PRIVATE: [(&str, u32); 4] = [
    ("sandbox.sqlite", 0o600),
    ("sandbox.sqlite-lock", 0o600),
    ("sandbox.sqlite-shm", 0o600),
    ("sandbox.sqlite-wal", 0o600),
];

#[cfg(unix)]
fn is_private(folder: &Path) -> bool {
    modes(folder) == PRIVATE.map(|(name, mode)| (name.to_owned(), mode))
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_and_its_logs_are_readable_only_by_the_owner() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Fixture::on_file(&directory.path().join("sandbox.sqlite")).await;
    sandbox.onlineapp_link(&json!({ "email": "a@b.c" })).await;
    assert!(
        is_private(directory.path()),
        "{:?}",
        modes(directory.path())
    );
}

#[cfg(unix)]
#[tokio::test]
async fn an_existing_file_and_its_logs_become_readable_only_by_the_owner() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let (outside, links) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for is_empty in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sandbox.sqlite");
        fs::write(&path, "").unwrap();
        if !is_empty {
            // The copy of a running sandbox's files is what a killed one leaves.
            let killed = Fixture::on_file(&outside.path().join("sandbox.sqlite")).await;
            killed.onlineapp_link(&json!({ "email": "a@b.c" })).await;
            for (name, _) in modes(outside.path()) {
                fs::copy(outside.path().join(&name), directory.path().join(&name)).unwrap();
            }
        }
        for (name, _) in modes(directory.path()) {
            let wide = fs::Permissions::from_mode(0o666);
            fs::set_permissions(directory.path().join(name), wide).unwrap();
        }
        let link = links.path().join(format!("link-{is_empty}"));
        symlink(&path, &link).unwrap();
        let sandbox = Fixture::on_file(&link).await;
        assert!(
            is_private(directory.path()),
            "{:?}",
            modes(directory.path())
        );
        assert_eq!(sandbox.users_with("a@b.c").await.is_empty(), is_empty);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_of_another_user_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    fs::write(&path, "").unwrap();
    // Only root can give a file away; any other user finds one of root's.
    let path = match std::os::unix::fs::chown(&path, Some(4242), None) {
        Ok(()) => path,
        Err(_) => Path::new("/etc/hosts").to_owned(),
    };
    let before = fs::read(&path).unwrap();
    let error = start_on(&path).await.unwrap_err();
    assert!(matches!(error, Error::Database { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn the_file_holds_no_token_and_no_credential() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Fixture::on_file(&directory.path().join("sandbox.sqlite")).await;
    let kwik = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_active" }))
        .await;
    let onlineapp = sandbox
        .onlineapp_link(&json!({ "email": "canary@example.com" }))
        .await;

    let mut bytes = Vec::new();
    for file in fs::read_dir(directory.path()).unwrap() {
        bytes.extend(fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(
        holds("canary@example.com"),
        "the link's transaction is in the file"
    );
    for link in [&kwik, &onlineapp] {
        assert!(!holds(link.rsplit('/').next().unwrap()));
    }
    for secret in ["sk_sandbox_onlineapp", "sandbox_secret", "sandbox_key"] {
        assert!(!holds(secret), "{secret}");
    }
}

#[tokio::test]
async fn another_programs_file_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);")
        .unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    #[cfg(unix)]
    let mode = modes(directory.path())[0].1;
    let error = start_on(&path).await.unwrap_err();
    assert!(matches!(error, Error::ForeignDatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("; hint: name a new file"));
    assert_eq!(fs::read(&path).unwrap(), before);
    #[cfg(unix)]
    assert_eq!(modes(directory.path())[0].1, mode, "its mode too");
}

#[tokio::test]
async fn an_invalid_file_and_an_invalid_path_are_errors_with_a_hint() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("notes.txt");
    fs::write(
        &text,
        "these are notes and no database at all\n".repeat(200),
    )
    .unwrap();
    for path in [text, directory.path().join("missing/sandbox.sqlite")] {
        let error = start_on(&path).await.unwrap_err();
        assert!(matches!(error, Error::Database { .. }), "{error:?}");
        assert!(error.to_string().contains("; hint: check the path"));
        let source = std::error::Error::source(&error)
            .expect("the cause is kept")
            .to_string();
        assert!(!error.to_string().contains(&source));
    }
}

#[tokio::test]
async fn a_broken_database_gives_500_without_details() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let sandbox = Fixture::on_file(&path).await;
    let link = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_new" }))
        .await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("DROP TABLE links").unwrap();

    let answer = sandbox.onlineapp(&json!({ "email": "a@b.c" })).await;
    answer.is(500, &json!({ "error": "Internal server error" }));
    assert!(
        sandbox_users(&path).is_empty(),
        "a call that fails leaves nothing behind"
    );
    let answer = sandbox
        .kwik(&json!({ "customer_id": "cus_demo_new" }))
        .await;
    answer.is(
        500,
        &json!({ "status": false, "error_message": "Internal server error" }),
    );
    let page = sandbox.get(&link).await;
    assert_eq!(
        (page.status, page.header("cache-control")),
        (500, "no-store")
    );
    for answer in [&page, &sandbox.get("/_sandbox/state").await] {
        assert!(
            answer.status == 500 && !answer.body.contains("links"),
            "{}",
            answer.body
        );
    }
}

fn sandbox_users(path: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(path).unwrap();
    let mut rows = database
        .prepare("SELECT email FROM onlineapp_users WHERE email = 'a@b.c'")
        .unwrap();
    rows.query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

async fn start_on(path: &Path) -> Result<Sandbox, Error> {
    Sandbox::builder()
        .listen("127.0.0.1:0".parse().unwrap())
        .database(path)
        .start()
        .await
}
