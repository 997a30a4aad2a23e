//! `portal config`: the file's path, and the effective values.

use std::fs;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::common::{Run, portal};

fn config(home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = portal();
    command
        .arg("config")
        .args(arguments)
        .env("HOME", home.path());
    command
}

fn write(home: &TempDir, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = home.path().join(".config/portal");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.join("config.toml"), mode).unwrap();
}

#[test]
fn the_path_is_printed_whether_or_not_the_file_exists() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".config/portal/config.toml");
    let text = format!("{}\n", path.display());
    let run = Run::of(&mut config(&home, &["path"]));
    assert_eq!((run.code, &run.stdout), (Some(0), &text), "{}", run.stderr);
    assert_eq!(run.stderr, "there is no such file yet\n");
    let object = |exists: bool| json!({ "path": path, "exists": exists });
    assert_eq!(
        Run::of(&mut config(&home, &["path", "--json"])).json(),
        object(false)
    );
    // A file with an error has a path too.
    write(&home, "profiles = 1");
    let run = Run::of(&mut config(&home, &["path"]));
    assert_eq!((run.code, run.stdout), (Some(0), text), "{}", run.stderr);
    assert_eq!(run.stderr, "");
    assert_eq!(
        Run::of(&mut config(&home, &["path", "--json"])).json(),
        object(true)
    );
    for (flag, variable) in [(true, false), (false, true), (true, true)] {
        let mut command = config(&home, &["path"]);
        if flag {
            command.arg("--config=by-flag.toml");
        }
        if variable {
            command.env("PORTAL_CONFIG", "by-variable.toml");
        }
        let expected = if flag {
            "by-flag.toml\n"
        } else {
            "by-variable.toml\n"
        };
        assert_eq!(Run::of(&mut command).stdout, expected);
    }
    let error = Run::of(config(&home, &["path", "--json"]).env_remove("HOME")).error();
    assert_eq!(error["kind"], "configuration", "{error}");
    assert!(
        error["hint"].as_str().unwrap().contains("`PORTAL_CONFIG`"),
        "{error}"
    );
}

#[test]
fn the_values_are_shown_with_their_sources_and_no_secret_and_no_command_runs() {
    let home = tempfile::tempdir().unwrap();
    let mark = home.path().join("mark");
    write(
        &home,
        &format!(
            "timeout = 9\n[kwik]\napi_key = 'canary'\napi_secret_command = ['touch', '{}']\n\
             [profiles.test.kwik]\nbase_url = 'https://test.my.site/2.0/'\n",
            mark.display()
        ),
    );
    let run = Run::of(&mut config(
        &home,
        &["show", "kwik", "--profile=test", "--max-retries=1"],
    ));
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), ""),
        "{}",
        run.stdout
    );
    for (name, value, source) in [
        ("api_key", "***", "config.toml` line 3"),
        ("api_secret", "*** printed by touch", "config.toml` line 4"),
        ("base_url", "https://test.my.site/2.0", "profile `test`"),
        ("timeout", "9 s", "config.toml` line 1"),
        ("max_retries", "1", "`--max-retries`"),
    ] {
        let is_shown = run.stdout.lines().any(|line| {
            let words = line.trim_start();
            words.starts_with(name) && line.contains(value) && line.contains(source)
        });
        assert!(is_shown, "{name}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("canary") && !mark.exists());
    // Without a provider: those with a setting.
    let found = Run::of(&mut config(&home, &["show", "--json"])).json();
    let ids = |found: &serde_json::Value| {
        let list = found["providers"].as_array().unwrap().clone();
        let ids = list
            .iter()
            .map(|one| one["provider"]["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids(&found), ["kwik"]);
    assert!(found["providers"][0]["values"].is_array());
    let mut both = config(&home, &["show", "--json"]);
    let found = Run::of(both.env("ONLINEAPP_PAYWALL_ID", "547")).json();
    assert_eq!(ids(&found), ["kwik", "onlineapp"]);
    // Nothing is set: all, so that the names are shown.
    let empty = tempfile::tempdir().unwrap();
    let found = Run::of(&mut config(&empty, &["show", "--json"])).json();
    let known = Run::of(portal().args(["providers", "--json"])).json();
    let known = known.as_array().unwrap();
    let known: Vec<_> = known
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert!(known.len() >= 2);
    assert_eq!(ids(&found), known);
}
