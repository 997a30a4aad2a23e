//! The configuration file and its profiles, which the environment and flags override.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::common::{Run, Sandbox, portal};
use crate::server::{CannedServer, Reply};

/// A home folder with a configuration file.
struct Home(TempDir);

impl Home {
    fn with(text: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.file().parent().unwrap()).unwrap();
        fs::write(home.file(), text).unwrap();
        home.mode(0o600);
        home
    }

    fn file(&self) -> PathBuf {
        self.0.path().join(".config/portal/config.toml")
    }

    fn mode(&self, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(self.file(), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Returns a `link` command with this home folder.
    fn link(&self) -> Command {
        let mut command = portal();
        command
            .args(["link", "--customer", "cus_demo_active"])
            .env("HOME", self.0.path());
        command
    }
}

/// Creates a file whose profile `test` uses the sandbox, and whose other settings reach no server.
fn with_sandbox(sandbox: &Sandbox) -> Home {
    Home::with(&format!(
        "provider = 'kwik'\nmax_retries = 0\n\
         [kwik]\napi_key = 'canary-key'\napi_secret = 'canary-secret'\nbase_url = 'http://127.0.0.1:1'\n\
         [profiles.test.kwik]\napi_key = 'sandbox_key'\napi_secret_command = 'printf sandbox_secret'\n\
         base_url = '{}/2.0/'\n",
        sandbox.url
    ))
}

#[track_caller]
fn assert_exit(command: &mut Command, code: i32) {
    let run = Run::of(command);
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
}

#[test]
fn flags_override_the_environment_the_profile_and_the_file() {
    let sandbox = Sandbox::start();
    let home = with_sandbox(&sandbox);
    assert_exit(&mut home.link(), 7);
    assert_exit(home.link().args(["--profile", "test"]), 0);
    assert_exit(home.link().env("PORTAL_PROFILE", "test"), 0);
    assert_exit(
        home.link()
            .args(["--profile", "test"])
            .env("PORTAL_PROFILE", "other"),
        0,
    );
    let with_variable = || {
        let mut command = home.link();
        command
            .args(["--profile", "test"])
            .env("KWIK_BASE_URL", "http://127.0.0.1:1");
        command
    };
    assert_exit(&mut with_variable(), 7);
    let flag = format!("--base-url={}/2.0", sandbox.url);
    assert_exit(with_variable().arg(flag), 0);
    // The variable replaces the profile's command.
    assert_exit(
        home.link()
            .args(["--profile", "test"])
            .env("KWIK_API_SECRET", "canary"),
        3,
    );
}

#[test]
fn the_file_comes_from_the_flag_the_variable_or_the_home_folder() {
    let sandbox = Sandbox::start();
    let (home, other) = (with_sandbox(&sandbox), Home::with("provider = 'unknown'"));
    let message = |command: &mut Command| {
        let error = Run::of(command.args(["--profile", "test", "--json"])).error();
        error["message"].as_str().unwrap().to_owned()
    };
    assert!(message(home.link().env("PORTAL_CONFIG", other.file())).contains("`unknown`"));
    assert_exit(
        other
            .link()
            .args(["--profile", "test", "--config"])
            .arg(home.file())
            .env("PORTAL_CONFIG", other.file()),
        0,
    );
    let config = home.0.path().join(".config");
    assert_exit(
        other
            .link()
            .args(["--profile", "test"])
            .env("XDG_CONFIG_HOME", config),
        0,
    );
    assert!(message(home.link().args(["--config", "/nowhere"])).contains("cannot be read"));
}

#[test]
fn errors_in_the_file_have_line_and_column() {
    let home = Home::with("timeout = 1\n\n[kwik]\napi_kye = 'canary'\n");
    let run = Run::of(&mut home.link());
    assert_eq!(run.code, Some(2));
    let path = home.file();
    assert_eq!(
        run.stderr,
        format!(
            "error: `{}` line 4 column 1: Kwik has no setting `api_kye`\nhint: did you mean `api_key`?\n",
            path.display()
        )
    );
    let error = Run::of(home.link().arg("--json")).error();
    assert_eq!(
        (&error["kind"], &error["field"], &error["provider"]),
        (&json!("configuration"), &json!("config"), &json!("kwik"))
    );
}

#[test]
fn a_file_with_a_secret_that_other_users_can_read_is_refused() {
    let home = Home::with("[kwik]\napi_key = 'canary'\n");
    home.mode(0o644);
    let run = Run::of(&mut home.link());
    assert_eq!(run.code, Some(2));
    let hint = format!("hint: run `chmod 600 {}`", home.file().display());
    assert!(
        run.stderr.contains(&hint) && !run.stderr.contains("canary"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_missing_profile_is_refused_even_if_it_is_not_needed() {
    let home = Home::with("[profiles.live]\n");
    for arguments in [
        &["--profile", "lvie"][..],
        &["--profile", "lvie", "--sandbox"],
    ] {
        let error = Run::of(home.link().args(arguments).arg("--json")).error();
        assert_eq!(error["field"], "profile", "{error}");
        assert!(
            error["hint"].as_str().unwrap().contains("`live`"),
            "{error}"
        );
    }
}

#[test]
fn the_timeout_flag_overrides_the_file() {
    for (file, flag) in [("0.2", None), ("3600", Some("--timeout=0.2"))] {
        let home = Home::with(&format!("timeout = {file}\nmax_retries = 0\n"));
        let server = CannedServer::start(Reply::Hang);
        let mut command = server.portal("kwik");
        command.env("HOME", home.0.path()).args(flag).arg("--json");
        let error = Run::of(&mut command).error();
        assert_eq!(error["kind"], "timeout", "{file} {error}");
    }
}

#[test]
fn a_sandbox_ignores_the_providers_tables_but_uses_the_general_settings() {
    let sandbox = Sandbox::start();
    let home = with_sandbox(&sandbox);
    let flag = format!("--sandbox={}", sandbox.url);
    assert_exit(home.link().arg(&flag), 0);
    let text = fs::read_to_string(home.file()).unwrap();
    fs::write(home.file(), format!("ca = '/nowhere'\n{text}")).unwrap();
    let error = Run::of(home.link().args([&flag, "--json"])).error();
    assert_eq!(error["field"], "ca");
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("config.toml` line 1"),
        "{error}"
    );
}

#[test]
fn the_webhook_secret_may_be_in_the_file() {
    let home = Home::with("[onlineapp]\nwebhook_secret = 'canary'\n");
    let mut command = portal();
    command
        .args([
            "webhook",
            "verify",
            "onlineapp",
            "--signature=sha256=00",
            "--json",
        ])
        .env("HOME", home.0.path());
    let run = Run::of(&mut command);
    assert_eq!(
        (run.code, &run.error()["field"]),
        (Some(3), &json!("signature"))
    );
}

#[test]
fn the_hint_names_the_line_of_the_file_once() {
    let home = Home::with("[kwik]\napi_key_file = 'missing'\napi_secret = 'canary'\n");
    let run = Run::of(home.link().arg("kwik"));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(
        run.stderr.matches("it is set in").count(),
        1,
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("line 2"), "{}", run.stderr);
}

#[test]
fn a_rate_may_be_less_than_one_a_second_in_the_file_and_on_the_flag() {
    let home = Home::with("rate = 0.5\n[kwik]\napi_key = 'a'\napi_secret = 'b'\n");
    let mut doctor = portal();
    doctor
        .args(["doctor", "kwik", "--base-url=http://127.0.0.1:1"])
        .env("HOME", home.0.path());
    let run = Run::of(&mut doctor);
    assert!(run.stdout.contains(" 1 in 2 s "), "{}", run.stdout);
    let rows = home.0.path().join("rows.csv");
    fs::write(&rows, "customer_id\ncus_1\n").unwrap();
    for (rate, code) in [("0.5", 0), ("off", 0), ("documented", 0), ("0", 2)] {
        let mut bulk = portal();
        bulk.args(["bulk", "kwik", "--dry-run", "--rate", rate, "--input"])
            .arg(&rows)
            .env("HOME", home.0.path());
        assert_exit(&mut bulk, code);
    }
}
