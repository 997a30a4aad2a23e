//! `--open` and `--qr`: the link reaches a browser or a phone, but no command line.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::common::{BOUND, Run, RunningCommand, Sandbox, exchange};

const KWIK: [&str; 4] = ["link", "kwik", "--customer", "cus_demo_active"];

/// Writes a fake browser that sends its arguments through a pipe.
fn browser(folder: &Path) -> (String, std::path::PathBuf) {
    let pipe = folder.join("started");
    let status = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(status.success());
    let script = folder.join("browser");
    let text = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n", pipe.display());
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    (script.to_str().unwrap().to_owned(), pipe)
}

#[test]
fn the_browser_opens_a_file_whose_one_time_address_redirects_to_the_link() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let (script, pipe) = browser(folder.path());
    let mut command = sandbox.portal(&[KWIK.as_slice(), &["--open"]].concat());
    command.env("BROWSER", script).env("PATH", "/usr/bin:/bin");
    let mut portal = RunningCommand::start(&mut command);
    let link = portal.line();

    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(fs::read_to_string(&pipe)));
    let started = receiver.recv_timeout(BOUND).unwrap().unwrap();
    let arguments: Vec<_> = started.lines().collect();
    assert_eq!(arguments.len(), 1, "{started}");
    let file = Path::new(arguments[0].strip_prefix("file://").unwrap());
    assert!(
        !started.contains(&link) && !started.contains("http"),
        "{started}"
    );
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(file.parent().unwrap()), 0o700);

    let page = fs::read_to_string(file).unwrap();
    assert!(!page.contains(&link), "{page}");
    let (_, rest) = page.split_once("url=").unwrap();
    let (address, _) = rest.split_once('"').unwrap();
    assert!(address.starts_with("http://127.0.0.1:"), "{page}");

    // An unused connection and a request for an icon do not block the link.
    let host = address
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap()
        .0;
    let _silent = std::net::TcpStream::connect(host).unwrap();
    let (head, body) = exchange(&format!("http://{host}/favicon.ico"));
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert!(!head.contains(&link) && body.is_empty());

    let (head, body) = exchange(address);
    let lines: Vec<_> = head.lines().collect();
    assert_eq!(lines[0], "HTTP/1.1 303 See Other", "{head}");
    for line in [
        format!("location: {link}"),
        "cache-control: no-store".to_owned(),
        "referrer-policy: no-referrer".to_owned(),
    ] {
        assert!(lines.contains(&line.as_str()), "{head}");
    }
    assert_eq!(body, "");

    let run = portal.end();
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), ""),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains(&link), "{}", run.stderr);
    assert!(!file.exists() && !file.parent().unwrap().exists());
    assert!(std::net::TcpStream::connect(host).is_err());
}

#[test]
fn without_a_browser_the_link_and_the_error_are_printed() {
    let sandbox = Sandbox::start();
    let mut command = sandbox.portal(&[KWIK.as_slice(), &["--open"]].concat());
    command.env("BROWSER", "/nowhere/browser").env("PATH", "");
    let run = Run::of(&mut command);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stdout.starts_with(&sandbox.url));
    assert!(
        run.stderr
            .contains("error: the link cannot be opened in a browser"),
        "{}",
        run.stderr
    );
    assert!(
        !run.stderr.contains(run.stdout.trim_end()),
        "{}",
        run.stderr
    );
}

#[test]
fn a_qr_code_is_printed_to_stderr() {
    let sandbox = Sandbox::start();
    // `--quiet` does not suppress output that a flag asks for.
    let quiet = sandbox.run(&[KWIK.as_slice(), &["--qr", "-q"]].concat());
    assert!(quiet.stderr.contains('█'), "{}", quiet.stderr);
    let run = sandbox.run(&[KWIK.as_slice(), &["--qr"]].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let picture: Vec<_> = run
        .stderr
        .lines()
        .filter(|line| line.contains('█'))
        .collect();
    assert!(picture.len() > 10, "{}", run.stderr);
    let width = picture[0].chars().count();
    for line in picture {
        assert_eq!(line.chars().count(), width);
        assert!(line.chars().all(|c| " █▀▄".contains(c)), "{line}");
    }
    assert!(
        !run.stderr.contains(run.stdout.trim_end()),
        "{}",
        run.stderr
    );
    assert_eq!(run.stdout.lines().count(), 1);
}
