//! The configuration file and its profiles, below the environment and the flags.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::common::{Run, Sandbox, portal};
use crate::server::{Server, Step};

/// A user's home with a configuration file in it.
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

    /// The binary at home, asked for a link.
    fn link(&self) -> Command {
        let mut command = portal();
        command
            .args(["link", "--customer", "cus_demo_active"])
            .env("HOME", self.0.path());
        command
    }
}

/// A file whose profile `test` is the sandbox, and whose own settings nobody answers at.
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
fn ends(command: &mut Command, code: i32) {
    let run = Run::of(command);
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
}

#[test]
fn the_later_of_file_profile_environment_and_flag_wins() {
    let sandbox = Sandbox::start();
    let home = with_sandbox(&sandbox);
    ends(&mut home.link(), 7);
    ends(home.link().args(["--profile", "test"]), 0);
    ends(home.link().env("PORTAL_PROFILE", "test"), 0);
    ends(
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
    ends(&mut with_variable(), 7);
    let flag = format!("--base-url={}/2.0", sandbox.url);
    ends(with_variable().arg(flag), 0);
    // The variable replaces the profile's command.
    ends(
        home.link()
            .args(["--profile", "test"])
            .env("KWIK_API_SECRET", "canary"),
        3,
    );
}

#[test]
fn the_file_is_the_flags_or_the_variables_or_the_one_at_home() {
    let sandbox = Sandbox::start();
    let (home, other) = (with_sandbox(&sandbox), Home::with("provider = 'nobody'"));
    let message = |command: &mut Command| {
        let error = Run::of(command.args(["--profile", "test", "--json"])).error();
        error["message"].as_str().unwrap().to_owned()
    };
    assert!(message(home.link().env("PORTAL_CONFIG", other.file())).contains("`nobody`"));
    ends(
        other
            .link()
            .args(["--profile", "test", "--config"])
            .arg(home.file())
            .env("PORTAL_CONFIG", other.file()),
        0,
    );
    let config = home.0.path().join(".config");
    ends(
        other
            .link()
            .args(["--profile", "test"])
            .env("XDG_CONFIG_HOME", config),
        0,
    );
    assert!(message(home.link().args(["--config", "/nowhere"])).contains("cannot be read"));
}

#[test]
fn what_is_wrong_with_the_file_is_told_by_line_and_column() {
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
fn a_file_with_a_secret_that_others_may_read_is_refused() {
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
fn a_profile_that_is_not_there_is_refused_even_where_nothing_of_it_is_needed() {
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
fn a_time_in_the_file_holds_and_the_flag_goes_over_it() {
    for (file, flag) in [("0.2", None), ("3600", Some("--timeout=0.2"))] {
        let home = Home::with(&format!("timeout = {file}\nmax_retries = 0\n"));
        let server = Server::start(Step::Hang);
        let mut command = server.portal("kwik");
        command.env("HOME", home.0.path()).args(flag).arg("--json");
        let error = Run::of(&mut command).error();
        assert_eq!(error["kind"], "timeout", "{file} {error}");
    }
}

#[test]
fn a_sandbox_takes_nothing_of_the_providers_tables_and_what_is_said_of_all() {
    let sandbox = Sandbox::start();
    let home = with_sandbox(&sandbox);
    let flag = format!("--sandbox={}", sandbox.url);
    ends(home.link().arg(&flag), 0);
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
fn the_secret_of_webhooks_may_stand_in_the_file() {
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
