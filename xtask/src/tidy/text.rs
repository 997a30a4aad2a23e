//! Rules on what the files say.

use super::tree::{File, Repository, violation};

/// The most lines of a file.
const LONGEST: usize = 500;

/// Each in two pieces, so that this file does not contain what it searches for.
const LEFT_OVERS: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimplemen", "ted!("),
    concat!("FI", "XME"),
    concat!("XX", "X"),
    concat!("#", "[ignore"),
    concat!("[al", "low("),
];

const SLEEPS: &[&str] = &[
    "thread::sleep",
    "time::sleep",
    "time.sleep",
    "asyncio.sleep",
];

/// How Rust code opens a connection; in two pieces, as above.
const SOCKETS: &[&str] = &[
    concat!("TcpStream", "::connect"),
    concat!("UnixStream", "::connect"),
    concat!("TcpSocket", "::"),
    concat!("hyper", "::client"),
    concat!("hyper_util", "::client"),
    concat!("reqwest", "::"),
];

/// Where client sockets are opened: the engine; tests and what is made for them; the sandbox's webhooks;
/// the command line's client for servers on this machine; benchmarks.
const SOCKET_OWNERS: &[&str] = &[
    "crates/portal-http/src",
    "crates/portal-testkit/src",
    "crates/portal-bench/src",
    "crates/portal-cli/src/sandbox/loopback.rs",
    "crates/portal-sandbox/src/webhook",
];

pub(super) fn the_engine_names_no_provider(repository: &Repository) -> Vec<String> {
    let names = repository.crates.iter().map(|one| one.name.as_str());
    let providers: Vec<_> = names.filter_map(|it| it.strip_prefix("adapter-")).collect();
    let why = "the engine treats every provider alike; an adapter knows its provider";
    let is_engine = |file: &File| file.is_at("crates/portal-http/src");
    search(repository, &providers, why, |file| {
        is_engine(file).then(|| file.text.to_lowercase())
    })
}

/// Tests open sockets, so those beside the code are left out too.
pub(super) fn only_the_engine_opens_client_sockets(repository: &Repository) -> Vec<String> {
    let is_owner = |file: &File| SOCKET_OWNERS.iter().any(|owner| file.is_at(owner));
    let why = "rate, retry, time limits and secrecy belong to the engine, through which every request goes";
    search(repository, SOCKETS, why, |file| {
        let is_source = file.has_extension(&["rs"]) && file.is_below("src");
        (is_source && !is_owner(file)).then(|| file.code())
    })
}

pub(super) fn files_are_short(repository: &Repository) -> Vec<String> {
    let is_code = |file: &&File| file.has_extension(&["rs", "py", "mjs", "html", "css", "sql"]);
    let long = repository.files.iter().filter(is_code).filter_map(|file| {
        let lines = file.text.lines().count();
        let mut head = file.text.lines().take(5);
        let is_generated = head.any(|line| line.contains("@generated"));
        let what = format!("{lines} lines, of {LONGEST} allowed");
        let why = "one noun, one file";
        (lines > LONGEST && !is_generated).then(|| violation(&file.path, LONGEST + 1, &what, why))
    });
    long.collect()
}

pub(super) fn nothing_is_left_over(repository: &Repository) -> Vec<String> {
    let why = "code is finished, every test runs, and `expect` warns when it is no longer needed";
    search(repository, LEFT_OVERS, why, |file| {
        file.has_extension(&["rs"]).then(|| file.text.clone())
    })
}

pub(super) fn tests_do_not_sleep(repository: &Repository) -> Vec<String> {
    let why = "a test waits for an event, never for a clock";
    search(repository, SLEEPS, why, |file| {
        let is_test = file.is_below("tests") && file.has_extension(&["rs", "py"]);
        is_test.then(|| file.text.clone())
    })
}

/// Finds the lines that contain a needle, in the text that `text` returns for a file.
fn search(
    repository: &Repository,
    needles: &[&str],
    why: &str,
    text: impl Fn(&File) -> Option<String>,
) -> Vec<String> {
    let mut violations = Vec::new();
    for file in &repository.files {
        for (line, content) in (1..).zip(text(file).unwrap_or_default().lines()) {
            if let Some(needle) = needles.iter().find(|needle| content.contains(*needle)) {
                let what = format!("`{needle}` does not belong here");
                violations.push(violation(&file.path, line, &what, why));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Crate, places, repository};
    use super::*;

    #[test]
    fn a_provider_named_in_the_engine_is_found_in_any_case() {
        let mut repository = repository(&[
            ("crates/portal-http/src/engine.rs", "// ACME is slow\n"),
            ("crates/portal-http/tests/engine.rs", "// acme\n"),
            ("crates/portal/src/lib.rs", "// acme\n"),
        ]);
        let name = "adapter-acme".to_owned();
        let others = Crate::default();
        repository.crates.push(Crate { name, ..others });
        let found = the_engine_names_no_provider(&repository);
        assert!(found.len() == 1 && found[0].contains("src/engine.rs:1: `acme`"));
    }

    #[test]
    fn a_client_socket_outside_the_engine_is_found_unless_a_test_opens_it() {
        for socket in SOCKETS {
            let text = format!("use x;\nlet a = {socket}y;\n");
            let test = format!("#[cfg(test)]\nmod tests {{\n{socket}y\n}}\n");
            let comment = format!("/// As {socket}y does.\n");
            let files = [
                ("crates/portal/src/lib.rs", &*text),
                ("crates/portal/src/test.rs", &test),
                ("crates/portal/src/comment.rs", &comment),
                ("crates/portal/tests/it.rs", &text),
                ("crates/portal-http/src/transport/pool.rs", &text),
                ("crates/portal-cli/src/sandbox/loopback.rs", &text),
            ];
            let found = places(only_the_engine_opens_client_sockets, &files);
            assert_eq!(found, ["crates/portal/src/lib.rs:2"], "{socket}");
        }
    }

    #[test]
    fn a_file_over_the_limit_is_found_and_one_at_it_is_not() {
        let at = "x\n".repeat(LONGEST);
        let over = "x\n".repeat(LONGEST + 1);
        let generated = format!("// @generated\n{over}");
        let files = [
            ("a.rs", &at),
            ("b.rs", &over),
            ("c.html", &over),
            ("d.json", &over),
        ];
        let files = files.map(|(path, text)| (path, text.as_str()));
        let files = [&files[..], &[("e.py", &generated)]].concat();
        assert_eq!(places(files_are_short, &files), ["b.rs:501", "c.html:501"]);
    }

    #[test]
    fn each_left_over_is_found_and_expect_is_none() {
        for needle in LEFT_OVERS {
            let text = format!("fn a() {{}}\n    {needle}\n");
            let found = places(nothing_is_left_over, &[("a.rs", &text), ("a.md", &text)]);
            assert_eq!(found, ["a.rs:2"], "{needle}");
        }
        let expect = "#[expect(clippy::print_stdout, reason = \"output\")]\n";
        assert!(places(nothing_is_left_over, &[("a.rs", expect)]).is_empty());
    }

    #[test]
    fn a_sleeping_test_is_found_and_a_sleeping_program_is_not() {
        for sleep in SLEEPS {
            let paths = ["a/tests/it.rs", "b/tests/c/test_it.py", "a/src/lib.rs"];
            let found = places(tests_do_not_sleep, &paths.map(|path| (path, *sleep)));
            assert_eq!(found, ["a/tests/it.rs:1", "b/tests/c/test_it.py:1"]);
        }
    }
}
