//! The output of every command and every error, compared with the files in `snapshots`.
//!
//! To add a command, add a line to a test here. `INSTA_UPDATE=always cargo test -p portal-cli --test cli
//! snapshots` writes the file; read the difference before you commit it. `--help` needs no line.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use portal::request::{Field, FieldGroup};
use portal_sandbox::Dialect;
use serde_json::json;

use crate::common::run;
use crate::transcript::{Transcript, check};

/// The commands that list all options of a request. One snapshot holds their output, so that a new option
/// changes one snapshot.
const OPTION_LISTINGS: &[&[&str]] = &[
    &["link", "--help"],
    &["bulk", "--help"],
    &["providers"],
    &["completions", "zsh"],
    &["completions", "fish"],
    &["completions", "powershell"],
];

/// Returns the output of a command without a terminal, so that it has a fixed width.
fn printed(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), ""),
        "{arguments:?}"
    );
    run.stdout
}

/// Compares the help of a command and its subcommands; each has examples.
fn help(command: &[&str]) {
    let arguments = [command, &["--help"]].concat();
    let text = printed(&arguments);
    if !OPTION_LISTINGS.contains(&&*arguments) {
        check(&[&["help"], command].concat().join("-"), &text);
    }
    assert!(text.contains("\nExamples:\n  portal "), "{command:?}");
    let listed = text
        .split_once("\nCommands:\n")
        .map_or("", |(_, rest)| rest);
    for line in listed.lines().take_while(|line| !line.is_empty()) {
        // Continued descriptions are indented more.
        let named = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '));
        match named.and_then(|rest| rest.split_whitespace().next()) {
            Some("help") | None => {}
            Some(name) => help(&[command, &[name]].concat()),
        }
    }
}

#[test]
fn the_help_of_every_command() {
    help(&[]);
    check("help-short", &printed(&["-h"]));
}

#[test]
fn the_manual() {
    check("man", &printed(&["man"]));
}

#[test]
fn every_listing_of_the_request_options() {
    let mut text = String::new();
    for arguments in OPTION_LISTINGS {
        let line = arguments.join(" ");
        writeln!(text, "$ portal {line}\n{}", printed(arguments)).unwrap();
    }
    let list: serde_json::Value = serde_json::from_str(&printed(&["providers", "--json"])).unwrap();
    writeln!(text, "$ portal providers --json\n{list:#}\n").unwrap();
    let mut unknown_column = Transcript::new();
    unknown_column.run_with(
        "portal bulk kwik --input - --format csv --dry-run",
        "customers\ncus_1\n",
    );
    text.push_str(unknown_column.text());
    check("request-options", &text);
}

#[test]
fn link() {
    let kwik = "portal link kwik --customer cus_demo_active --subscription sub_demo_active";
    let onlineapp = "portal link onlineapp --email user@example.com";
    let mut transcript = Transcript::new();
    transcript
        .run_both(kwik)
        .run(&format!("{kwik} --quiet"))
        .run_both(onlineapp)
        .run_both(&format!(
            "{onlineapp} --allow-cancel=false --product pro_1 --best-effort"
        ))
        .check("link");
}

#[test]
fn link_dry_run() {
    let mut transcript = Transcript::new();
    transcript
        .run_both("portal link kwik --customer cus_1 --allow-cancel=false --cancel-type now --return-url https://my.site/account --dry-run")
        .run_both("portal link onlineapp --email user@example.com --meta utm_source=facebook --dry-run")
        .check("link-dry-run");
}

#[test]
fn doctor() {
    let mut transcript = Transcript::new();
    transcript
        .run_both("portal doctor kwik")
        .run("portal doctor onlineapp --timeout 5")
        .run_both("KWIK_API_KEY= portal doctor kwik")
        .run_both("KWIK_BASE_URL=http://127.0.0.1:1 portal doctor kwik")
        .check("doctor");
}

#[test]
fn bulk() {
    let rows = "customer_id,allow_cancel\ncus_1,perhaps\ncus_2,false\n,\n";
    let line = "portal bulk kwik --input - --format csv --dry-run";
    let mut transcript = Transcript::new();
    transcript
        .run_with(line, rows)
        .run_with(&format!("{line} --json"), rows)
        .run_with(line, "customer_id\ncus_1\n")
        .run_with(line, "customer_id\n\"cus_1\n")
        .run("portal bulk kwik --input rows.txt --dry-run")
        .run("portal bulk kwik --input nowhere.csv --dry-run")
        .run_both("portal bulk kwik --input nowhere.csv")
        .check("bulk");
}

#[test]
fn sandbox_and_demo() {
    let mut transcript = Transcript::new();
    transcript
        .run("portal demo --once")
        .run("portal demo --once --json")
        .run_a_while("portal sandbox --listen 127.0.0.1:0")
        .run_a_while("portal sandbox --listen 127.0.0.1:0 --json")
        .run("portal sandbox seed --print")
        .check("sandbox");
}

#[test]
fn webhook_verify() {
    let body = r#"{"id":"evt_1","type":"subscription.updated","created_at":"2024-01-15T12:30:45.000Z","data":{"customer":{"email":"user@example.com"},"subscription":{"id":"sub_1","status":"active","cancel_at_period_end":true}}}"#;
    let signature = "sha256=4aaa45dbcd86af5e858587b678163f2f26a068c7f93f8be0446ebd5533c3eb2d";
    let good = format!(
        "ONLINEAPP_WEBHOOK_SECRET=whsec_canary portal webhook verify onlineapp --signature {signature}"
    );
    let mut transcript = Transcript::new();
    transcript
        .run_with(&format!("{good} < body.json"), body)
        .run_with(&format!("{good} --json < body.json"), body)
        .run_with(&format!("{good} < another.json"), "{}")
        .run_both("portal webhook verify onlineapp --signature sha256=00")
        .run_both("portal webhook verify kwik --signature 00")
        .check("webhook-verify");
}

#[test]
fn usage_errors() {
    let mut transcript = Transcript::new();
    for line in [
        "portal",
        "portal lnk",
        "portal link --custmer cus_1",
        "portal link --api-token=secret",
        "portal link kwik more",
        "portal link user@example.com https://my.site",
        "portal link kwik --customer",
        "portal link kwik --customer cus_1 --customer cus_2",
        "portal link kwik --allow-cancel false",
        "portal link kwik --allow-cancel=maybe",
        "portal link kwik --cancel-type later",
        "portal link kwik --timeout 0",
        "portal link kwik --max-retries many",
        "portal link kwik --base-url https://my.site --sandbox",
        "portal link kwik --dry-run --open",
        "portal providers --verbose --quiet",
        "portal providers --color alwys",
        "portal sandbox --listen nowhere",
        "portal sandbox --onlineapp-dialect v4",
        "portal sandbox --db state.sqlite seed",
        "portal sandbox seed",
        "portal webhook verfy",
        "portal webhook verify onlineapp",
        "portal completions",
        "portal completions bsh",
        "portal man --dir",
    ] {
        transcript.run(line);
    }
    transcript
        .run("portal lnk --json")
        .run("portal link --json --custmer cus_1")
        .run("portal link kwik --json --cancel-type later")
        .check("usage-errors");
}

/// Each kind of error, as text and as JSON.
#[test]
fn every_kind_of_error() {
    let kwik = "portal link kwik --customer cus_demo_active --max-retries 0";
    let onlineapp = "portal link onlineapp --email user@example.com --max-retries 0";
    let mut transcript = Transcript::new();
    transcript
        // invalid: found locally, and by the provider
        .run_both("portal link kwik")
        .run_both("portal link onlineapp --email nonsense")
        .run_both(&format!(r#"{kwik} --extra settings={{"show_invoices":"yes"}}"#))
        // unsupported
        .run_both(&format!("{kwik} --meta plan=pro"))
        // configuration
        .run_both("portal link kwick")
        .run_both("portal link stripe")
        .run_both("portal link")
        .run_both("KWIK_API_SECRET= portal link kwik --customer cus_1")
        .run_both("KWIK_API_SECRET= KWIK_API_SECRET_FILE=/nowhere/secret portal link kwik --customer cus_1")
        .run_both("KWIK_BASE_URL=http://api.my.site portal link kwik --customer cus_1")
        // unauthenticated, forbidden
        .run_both(&format!("KWIK_API_KEY=wrong {kwik}"))
        .run_both(&format!("ONLINEAPP_API_KEY=wrong {onlineapp}"))
        .fault(&json!({"provider": "onlineapp", "fault": "status", "status": 403}))
        .run_both(onlineapp)
        // not_found
        .run_both("portal link kwik --customer cus_unknown")
        .run_both("ONLINEAPP_PAYWALL_ID=1 portal link onlineapp --email user@example.com")
        // conflict
        .run_both("portal link onlineapp --email conflict@sandbox.test")
        // rate_limited
        .fault(&json!({"provider": "kwik", "fault": "status", "status": 429, "retry_after": 7}))
        .run_both(kwik)
        // unavailable
        .fault(&json!({"provider": "kwik", "fault": "status", "status": 503}))
        .run_both(kwik)
        .fault(&json!({"provider": "kwik", "fault": "close_before_answer"}))
        .run_both(kwik);
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    transcript
        .run_both(&format!("KWIK_BASE_URL=http://{address} {kwik}"))
        // timeout
        .fault(&json!({"provider": "kwik", "fault": "delay", "seconds": 60}))
        .run_both(&format!("{kwik} --timeout 1"))
        // protocol
        .fault(&json!({"provider": "kwik", "fault": "not_json"}))
        .run_both(kwik)
        .fault(
            &json!({"provider": "onlineapp", "fault": "redirect", "location": "https://my.site/"}),
        )
        .run_both(onlineapp)
        // internal
        .run("portal man --dir /dev/null/man")
        .check("errors");
    let mut newer = Transcript::with_dialect(Dialect::V3);
    newer.run_both(onlineapp).check("errors-no-portal");

    let all = format!("{}{}", transcript.text(), newer.text());
    for kind in portal::Kind::ALL {
        assert!(
            all.contains(&format!(r#"{{"error":{{"kind":"{}""#, kind.as_str())),
            "no error is {kind:?}"
        );
    }
}

/// A link in a committed file is a login for every reader.
#[test]
fn no_snapshot_holds_a_link_or_an_address() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots");
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("://") {
            let (before, rest) = (&text[..at], &text[at + 3..]);
            let end = rest.find(|c: char| !(c.is_alphanumeric() || ".-:".contains(c)));
            let host = &rest[..end.unwrap_or(rest.len())];
            let known = [
                "127.0.0.1:8787",
                "api.kwik.co.za",
                "api.my.site",
                "my.site",
                "onlineapp.pro",
            ];
            assert!(
                known.contains(&host) && before.ends_with("http") | before.ends_with("https"),
                "{} holds {host}",
                path.display()
            );
        }
        assert!(!text.contains("/p/session/"), "{}", path.display());
        files += 1;
    }
    assert!(files > 20, "{files} files were looked at");
}

#[test]
fn only_one_snapshot_lists_the_request_options() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let listings = files.filter(|file| {
        let text = fs::read_to_string(file.path()).unwrap();
        let page = Field::ALL.iter().map(|field| field.info());
        page.filter(|info| info.group == FieldGroup::Page)
            .all(|info| text.contains(info.name) || text.contains(info.flag))
    });
    let names: Vec<_> = listings.map(|file| file.file_name()).collect();
    assert_eq!(names, ["request-options.snap"]);
}
