//! `portal demo`.

use crate::common::{RunningCommand, get, portal, run};

#[test]
fn demo_once_prints_two_links_and_exits() {
    let run = run(["demo", "--once"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.stdout);
    for line in lines {
        assert!(line.starts_with("http://127.0.0.1:"), "{line}");
        assert!(!run.stderr.contains(line), "{}", run.stderr);
    }
    for name in ["Kwik", "OnlineApp", "Demo shop"] {
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
}

#[test]
fn demo_once_in_json_is_one_object() {
    let object = run(["demo", "--json", "--once"]).json();
    let sandbox = object["sandbox"].as_str().unwrap();
    let links = object["links"].as_array().unwrap();
    let providers: Vec<_> = links.iter().map(|link| &link["provider"]).collect();
    assert_eq!(providers, ["kwik", "onlineapp"]);
    for link in links {
        assert!(link["url"].as_str().unwrap().starts_with(sandbox));
        assert_eq!(link.as_object().unwrap().len(), 8, "{link}");
    }
}

#[test]
fn quiet_demo_prints_only_the_links() {
    let run = run(["demo", "--once", "--quiet"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout.lines().count(), 2);
}

#[test]
fn demo_runs_until_ctrl_c_and_its_links_open() {
    let mut demo = RunningCommand::start(portal().arg("demo"));
    for _ in 0..2 {
        let url = demo.line();
        let (status, page) = get(&url);
        assert_eq!(status, 200, "{page}");
    }
    demo.signal("INT");
    let run = demo.end();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert!(run.stderr.contains("Ctrl-C"), "{}", run.stderr);
}

#[test]
fn demo_exits_0_on_sigterm() {
    let mut demo = RunningCommand::start(portal().args(["demo", "--json"]));
    demo.line();
    demo.signal("TERM");
    assert_eq!(demo.end().code, Some(0));
}
