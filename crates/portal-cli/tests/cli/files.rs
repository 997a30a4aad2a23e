//! Files that flags, variables and the configuration name: their size, their time and their owner.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::common::{BOUND, Run, RunningCommand, Sandbox, portal};
use crate::server::{CannedServer, Reply};

/// Returns a command that lacks only what the test adds.
fn kwik(server: &str) -> Command {
    let mut command = portal();
    command
        .args(["link", "kwik", "--customer=cus_demo_active", "--json"])
        .args(["--base-url", server])
        .env("KWIK_API_KEY", "sandbox_key")
        .env("KWIK_API_SECRET", "sandbox_secret");
    command
}

/// Each file that a command reads: the name in errors, and the command that reads `path`.
fn readers(server: &str, path: &Path) -> Vec<(&'static str, Command)> {
    let mut key = kwik(server);
    key.env_remove("KWIK_API_KEY")
        .env("KWIK_API_KEY_FILE", path);
    let mut authorities = kwik(server);
    authorities.arg("--ca").arg(path);
    let mut metadata = portal();
    metadata
        .args(["link", "onlineapp", "--email=a@example.com", "--json"])
        .arg("--meta-json")
        .arg(path);
    let mut webhook = portal();
    webhook
        .args(["webhook", "verify", "onlineapp", "--signature=x", "--json"])
        .arg("--secret-file")
        .arg(path);
    vec![
        ("api_key", key),
        ("ca", authorities),
        ("metadata", metadata),
        ("webhook_secret", webhook),
    ]
}

#[test]
fn an_endless_file_is_refused() {
    let server = CannedServer::start(Reply::Close);
    let zero = Path::new("/dev/zero");
    let mut readers = readers(&server.url, zero);
    let mut config = kwik(&server.url);
    config.arg("--config").arg(zero);
    let mut seed = portal();
    seed.args(["sandbox", "--listen=127.0.0.1:0", "--json", "--seed"])
        .arg(zero);
    readers.extend([("config", config), ("seed", seed)]);
    for (field, mut command) in readers {
        let run = Run::of(&mut command);
        let error = run.error();
        assert_eq!(run.code, Some(2), "{field} {error}");
        assert_eq!(error["field"], field, "{error}");
        // The seed's cause is in the text only.
        let is_in_message = error["message"]
            .as_str()
            .unwrap()
            .contains("is longer than");
        assert!(is_in_message || field == "seed", "{error}");
    }
    assert_eq!(server.requests(), 0);
}

fn pipe(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("pipe");
    let status = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(status.success());
    path
}

#[test]
fn a_pipe_without_a_writer_is_waited_for_no_longer_than_the_timeout() {
    let server = CannedServer::start(Reply::Close);
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe(&folder);
    let mut readers = readers(&server.url, &pipe);
    let mut config = kwik(&server.url);
    config.arg("--config").arg(&pipe);
    readers.push(("config", config));
    for (field, mut command) in readers {
        let start = Instant::now();
        let run = Run::of(command.arg("--timeout=0.2"));
        let error = run.error();
        assert_eq!(run.code, Some(2), "{field} {error}");
        assert_eq!(error["field"], field, "{error}");
        let why = error["message"].as_str().unwrap();
        assert!(why.contains("did not end within 0.2 s"), "{why}");
        // Without a limit the test would never end; the default is 30 s.
        assert!(start.elapsed() < Duration::from_secs(25), "{field}");
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_pipe_with_a_late_writer_is_read_to_its_end() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let path = pipe(&folder);
    let mut command = kwik(&format!("{}/2.0/", sandbox.url));
    command
        .env_remove("KWIK_API_KEY")
        .env("KWIK_API_KEY_FILE", &path);
    let portal = RunningCommand::start(&mut command);
    // Opening it for writing waits for the reader.
    thread::spawn(move || fs::write(path, "sandbox_key\n"));
    let run = portal.end();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn a_signal_stops_the_wait_for_a_secret_and_the_command_with_its_children() {
    let server = CannedServer::start(Reply::Close);
    for signal in ["INT", "TERM"] {
        let helper = Helper::new();
        let portal = RunningCommand::start(&mut helper.link(&server.url, &[]));
        let child = helper.child();
        portal.signal(signal);
        let run = portal.end();
        assert_eq!(run.code, Some(130), "{}", run.stderr);
        wait_for_end(&child);
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn the_children_of_a_command_that_takes_too_long_end_with_it() {
    let server = CannedServer::start(Reply::Close);
    let helper = Helper::new();
    let run = Run::of(&mut helper.link(&server.url, &["--timeout=1"]));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stderr.contains("did not end within 1 s"),
        "{}",
        run.stderr
    );
    wait_for_end(&helper.child());
}

/// A secret's command that starts a child and waits for it.
struct Helper(TempDir);

impl Helper {
    fn new() -> Self {
        let helper = Self(tempfile::tempdir().unwrap());
        let script = format!(
            "sleep 1000 & echo $! > '{0}.new' && mv '{0}.new' '{0}'; wait",
            helper.path("child").display()
        );
        fs::write(helper.path("helper.sh"), script).unwrap();
        let text = format!(
            "[kwik]\napi_key = 'canary'\napi_secret_command = ['sh', '{}']\n",
            helper.path("helper.sh").display()
        );
        fs::write(helper.path("config.toml"), text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(helper.path("config.toml"), mode).unwrap();
        helper
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn link(&self, server: &str, more: &[&str]) -> Command {
        let mut command = portal();
        command
            .args(["link", "kwik", "--customer=cus_1", "--base-url", server])
            .args(more)
            .arg("--config")
            .arg(self.path("config.toml"))
            .env("PATH", "/usr/bin:/bin");
        command
    }

    /// Waits for the child, and returns its process number.
    fn child(&self) -> String {
        let start = Instant::now();
        loop {
            if let Ok(number) = fs::read_to_string(self.path("child")) {
                return number.trim().to_owned();
            }
            assert!(start.elapsed() < BOUND);
            thread::yield_now();
        }
    }
}

/// Waits until a process runs no longer.
fn wait_for_end(process: &str) {
    let start = Instant::now();
    let is_running = || {
        let script = r#"kill -0 "$0" 2> /dev/null && ! grep -q '^State:.Z' "/proc/$0/status""#;
        let status = Command::new("sh").args(["-c", script, process]).status();
        status.unwrap().success()
    };
    while is_running() {
        assert!(start.elapsed() < BOUND, "process {process} still runs");
        thread::yield_now();
    }
}

/// Gives a file to another user; only root can, so the result says whether it did.
fn give_away(path: &Path) -> bool {
    chown(path, Some(12_345), None).is_ok()
}

#[test]
fn a_configuration_or_secret_file_of_another_user_is_refused_and_its_command_not_run() {
    let server = CannedServer::start(Reply::Close);
    let folder = tempfile::tempdir().unwrap();
    let (config, secret, mark) = (
        folder.path().join("config.toml"),
        folder.path().join("secret"),
        folder.path().join("mark"),
    );
    let text = format!(
        "[kwik]\napi_key = 'canary'\napi_secret_command = ['touch', '{}']\n",
        mark.display()
    );
    fs::write(&config, text).unwrap();
    fs::write(&secret, "canary").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&config, mode).unwrap();
    let by_config = || {
        let mut command = portal();
        command
            .args(["link", "kwik", "--customer=cus_1", "--json"])
            .args(["--base-url", &server.url])
            .arg("--config")
            .arg(&config)
            .env("PATH", "/usr/bin:/bin");
        command
    };
    let by_secret = || {
        let mut command = kwik(&server.url);
        command
            .env_remove("KWIK_API_KEY")
            .env("KWIK_API_KEY_FILE", &secret);
        command
    };
    if give_away(&config) && give_away(&secret) {
        for (field, mut command) in [("config", by_config()), ("api_key", by_secret())] {
            let run = Run::of(&mut command);
            let error = run.error();
            assert_eq!(run.code, Some(2), "{error}");
            assert_eq!(error["field"], field, "{error}");
            let message = error["message"].as_str().unwrap();
            assert!(
                message.contains("belongs to another user (12345)"),
                "{message}"
            );
            assert!(error["hint"].as_str().unwrap().contains("chown"), "{error}");
        }
        assert!(!mark.exists());
        assert_eq!(server.requests(), 0);
        chown(&config, Some(0), None).unwrap();
        chown(&secret, Some(0), None).unwrap();
    }
    // Their own user's files are used.
    assert_eq!(Run::of(&mut by_config()).error()["field"], "api_secret");
    assert!(mark.exists());
    assert_eq!(Run::of(&mut by_secret()).code, Some(7));
    assert!(server.requests() > 0);
}

#[test]
fn an_unreadable_default_configuration_matters_only_where_the_environment_is_incomplete() {
    let sandbox = Sandbox::start();
    let home = tempfile::tempdir().unwrap();
    // A folder in the file's place cannot be read, even by root.
    fs::create_dir_all(home.path().join(".config/portal/config.toml")).unwrap();
    let link = |provider: &[&str]| {
        let mut command = portal();
        command
            .args(
                [
                    &["link"],
                    provider,
                    &["--customer=cus_demo_active", "--json"],
                ]
                .concat(),
            )
            .env("HOME", home.path())
            .env("KWIK_BASE_URL", format!("{}/2.0/", sandbox.url))
            .env("KWIK_API_KEY", "sandbox_key");
        command
    };
    for provider in [["kwik"].as_slice(), &[]] {
        let run = Run::of(link(provider).env("KWIK_API_SECRET", "sandbox_secret"));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        for command in [
            &mut link(provider),
            link(provider)
                .env("KWIK_API_SECRET", "sandbox_secret")
                .arg("--profile=test"),
        ] {
            let error = Run::of(command).error();
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("config.toml` cannot be read"), "{error}");
        }
    }
    // No folder can be there, so there is no file.
    let run = Run::of(link(&["kwik"]).env("HOME", "/dev/null"));
    assert_eq!(run.error()["field"], "api_secret");
}
