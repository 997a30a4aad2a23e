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
    let crates = repository.crates.iter();
    let providers: Vec<_> = crates
        .filter_map(|one| one.name.strip_prefix("adapter-"))
        .collect();
    let engine = files(repository, |file| file.is_at("crates/portal-http/src"));
    let why = "the engine treats every provider alike; an adapter knows its provider";
    let judge = |line: &str| {
        let line = line.to_lowercase();
        find(&providers, "is named", |provider| line.contains(provider))
    };
    engine.flat_map(|file| file.find(why, judge)).collect()
}

pub(super) fn only_the_engine_opens_client_sockets(repository: &Repository) -> Vec<String> {
    let others = files(repository, |file| {
        let is_source = file.has_extension(&["rs"]) && file.is_below("src");
        is_source && !SOCKET_OWNERS.iter().any(|owner| file.is_at(owner))
    });
    let why = "rate, retry, time limits and secrecy belong to the engine, through which every request goes";
    let found = others.flat_map(|file| {
        // Tests open sockets.
        let mut is_test = false;
        file.find(why, move |line| {
            is_test |= line == "#[cfg(test)]";
            let line = line.split("//").next().filter(|_| !is_test)?;
            find(SOCKETS, "outside the engine", |socket| {
                line.contains(socket)
            })
        })
    });
    found.collect()
}

pub(super) fn files_are_short(repository: &Repository) -> Vec<String> {
    let code = files(repository, |file| {
        file.has_extension(&["rs", "py", "mjs", "html", "css", "sql"])
    });
    let long = code.filter_map(|file| {
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
    let sources = files(repository, |file| file.has_extension(&["rs"]));
    let why = "code is finished, every test runs, and `expect` warns when it is no longer needed";
    let judge = |line: &str| find(LEFT_OVERS, "is left over", |needle| line.contains(needle));
    sources.flat_map(|file| file.find(why, judge)).collect()
}

pub(super) fn tests_do_not_sleep(repository: &Repository) -> Vec<String> {
    let tests = files(repository, |file| {
        file.is_below("tests") && file.has_extension(&["rs", "py"])
    });
    let why = "a test waits for an event, never for a clock";
    let judge = |line: &str| find(SLEEPS, "in a test", |needle| line.contains(needle));
    tests.flat_map(|file| file.find(why, judge)).collect()
}

/// Names the first needle that a line has.
fn find(needles: &[&str], what: &str, has: impl Fn(&str) -> bool) -> Option<String> {
    let found = needles.iter().find(|needle| has(needle))?;
    Some(format!("`{}` {what}", found.trim_end()))
}

fn files(
    repository: &Repository,
    is_chosen: impl Fn(&File) -> bool,
) -> impl Iterator<Item = &File> {
    repository.files.iter().filter(move |file| is_chosen(file))
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
