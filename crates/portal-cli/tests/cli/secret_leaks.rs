//! Searches the output of every command for secrets. stdout may show one only as the requested data;
//! stderr shows none, even in the most verbose log.

use std::io::Write;
use std::process::Command;

use portal_testkit::Canaries;
use serde_json::{Value, json};

use crate::common::{Run, RunningCommand, get, portal, post};
use crate::server::{CannedServer, Reply, answer, json as json_answer};

const KEYS: [&str; 2] = ["canary-key", "canary-secret"];
const EMAIL: &str = "canary@example.com";
const LINK: &str = "https://pay.example.com/portal/canary-link";
/// Data in a link's answer beside the link, and data of the application.
const SESSION: &str = "canary-session";
const SAID: [&str; 4] = [
    "canary-meta",
    "canary-title",
    "canary-return",
    "canary-extra",
];

fn keys() -> Canaries {
    Canaries::new(KEYS)
}

fn everything() -> Canaries {
    let others = [EMAIL, LINK, "canary-link", SESSION];
    Canaries::new(KEYS.into_iter().chain(others).chain(SAID))
}

/// The flags of `link` that change its output.
const FLAGS: [&[&str]; 4] = [&[], &["-vv"], &["--json"], &["-vv", "--json"]];

/// Runs `link` against `server` with every option and the most verbose log.
fn link(server: &CannedServer, provider: &str, flags: &[&str]) -> Run {
    let mut command = server.portal(provider);
    command
        .args(flags)
        .args(["--max-retries=0", "--best-effort", "--subscription=sub_1"])
        .args(["--meta=name=canary-meta", "--page-title=canary-title"])
        .args(["--return-url=https://my.site/canary-return"])
        .args(["--extra=note=\"canary-extra\""]);
    if provider == "kwik" {
        command.args(["--email", EMAIL]);
    }
    with_all_logs(&mut command)
}

fn with_all_logs(command: &mut Command) -> Run {
    let run = Run::of(command.envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")]));
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    run
}

/// Returns everything that was sent, once in each encoding.
fn echoes(provider: &str) -> Vec<String> {
    let sent = match provider {
        "kwik" => ["canary-key:canary-secret", KEYS[1], EMAIL, LINK],
        // A secret that the binary does not have cannot be masked.
        _ => [KEYS[0], "canary-meta", EMAIL, LINK],
    };
    let all = Canaries::new(sent);
    let (words, packed) = (all.echoes(), all.base64_and_hex());
    let lines = words.chunks(4).chain(packed.chunks(14));
    lines.map(|forms| forms.join(" ")).collect()
}

/// Returns answers that repeat `echo` in every place.
fn faults(echo: &str) -> Vec<Reply> {
    let body = json!({
        "error": echo, "message": echo, "code": echo, "status": false, "error_code": echo,
        "error_message": echo, (echo): echo, "result": { "link_url": echo },
        "error_details": [{ "errors": { (echo): { "message": echo, "rule": echo } } }],
    })
    .to_string();
    let mut steps = vec![
        answer(
            "500 x",
            "content-type: text/html\r\n",
            &format!("<p>{echo}"),
        ),
        answer("200 OK", "content-type: application/json\r\n", echo),
    ];
    for status in [
        "200 OK", "400 x", "401 x", "403 x", "404 x", "409 x", "422 x", "429 x",
    ] {
        steps.push(json_answer(status, &body));
    }
    steps
}

#[test]
fn secrets_that_a_provider_repeats_are_never_shown() {
    let everything = everything();
    for provider in ["kwik", "onlineapp"] {
        let mut flags = FLAGS.iter().cycle();
        for echo in echoes(provider) {
            for step in faults(&echo) {
                // Uses each form of output.
                let flags = flags.next().unwrap();
                let run = link(&CannedServer::start(step), provider, flags);
                assert_ne!(run.code, Some(0), "{echo}");
                let what = format_args!("{provider} {flags:?} {echo}");
                everything.assert_hidden(what, &format!("{}{}", run.stdout, run.stderr));
            }
        }
    }
}

#[test]
fn other_errors_show_no_secret() {
    let location = format!("location: {LINK}\r\n");
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\ncanary-link";
    let plain = LINK.replace("https", "http");
    let plain = json!({ "url": plain, "status": true, "result": { "link_url": plain } });
    let double = json!({ "url": LINK, "status": true, "result": { "link_url": LINK } });
    let double = double
        .to_string()
        .replace('}', &format!(r#","link_url":"{LINK}","url":"{LINK}"}}"#));
    for step in [
        answer("302 Found", &location, LINK),
        json_answer("200 OK", &plain.to_string()),
        json_answer("200 OK", &double),
        Reply::Answer(cut.to_owned()),
        Reply::Answer("canary-link canary-key\r\n\r\n".to_owned()),
        Reply::Close,
    ] {
        for provider in ["kwik", "onlineapp"] {
            for flags in FLAGS {
                let run = link(&CannedServer::start(step.clone()), provider, flags);
                assert_ne!(run.code, Some(0), "{step:?}");
                let what = format!("{provider} {flags:?} {step:?}");
                everything().assert_hidden(&what, &format!("{}{}", run.stdout, run.stderr));
                assert!(
                    !flags.contains(&"-vv") || run.stderr.contains("asking"),
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn a_link_is_printed_once_and_only_to_stdout() {
    let body = json!({
        "url": LINK, "again": LINK, "status": true, "id": SESSION,
        "result": { "link_url": LINK, "session_id": SESSION, "again": LINK },
    });
    let step = json_answer("200 OK", &body.to_string());
    for provider in ["kwik", "onlineapp"] {
        for flags in FLAGS {
            let run = link(&CannedServer::start(step.clone()), provider, flags);
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            everything().assert_hidden(format_args!("{provider} {flags:?}"), &run.stderr);
            keys().assert_hidden(format_args!("{provider} {flags:?}"), &run.stdout);
            assert_eq!(run.stdout.matches(LINK).count(), 1, "{}", run.stdout);
            // Data of the application that is not part of the link.
            Canaries::new(SAID).assert_hidden(provider, &run.stdout);
        }
    }
}

#[test]
fn a_dry_run_shows_the_request_without_its_keys() {
    for provider in ["kwik", "onlineapp"] {
        for flags in FLAGS {
            let flags = [flags, &["--dry-run"]].concat();
            let run = link(&CannedServer::start(Reply::Close), provider, &flags);
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            keys().assert_hidden(format_args!("{provider} {flags:?}"), &run.stdout);
            everything().assert_hidden(format_args!("{provider} {flags:?}"), &run.stderr);
            assert!(run.stdout.contains("canary-extra"), "{}", run.stdout);
        }
    }
}

/// Returns every variable with a secret or a path, set to a canary.
const VARIABLES: [(&str, &str); 4] = [
    ("KWIK_API_KEY", KEYS[0]),
    ("KWIK_API_SECRET", KEYS[1]),
    ("ONLINEAPP_API_KEY", KEYS[0]),
    ("ONLINEAPP_WEBHOOK_SECRET", KEYS[1]),
];

#[test]
fn commands_that_need_no_key_show_none() {
    for arguments in [
        ["providers"].as_slice(),
        &["providers", "--json"],
        &["sandbox", "seed", "--print"],
        &["link", "--help"],
        &["completions", "bash"],
        &["man"],
        &["lnik", "canary-key"],
        &["link", "--custmer=canary-key"],
        &["link", "unknown"],
        &["link", "onlineapp", "--email=a@example.com", "--json"],
        &["demo", "--once", "--json"],
        &["demo", "--once"],
    ] {
        let mut command = portal();
        command.args(arguments).envs(VARIABLES);
        let run = with_all_logs(&mut command);
        keys().assert_hidden(
            format_args!("{arguments:?}"),
            &format!("{}{}", run.stdout, run.stderr),
        );
    }
}

#[test]
fn the_contents_of_a_configuration_file_are_never_shown() {
    let body = json!({ "error": "canary-key canary-secret", "error_message": "canary-key" });
    let server = CannedServer::start(json_answer("401 x", &body.to_string()));
    // Only the owner may read it.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "[kwik]\nbase_url = '{0}'\napi_key = 'canary-key'\napi_secret_command = 'echo canary-secret'\n\
         [profiles.other.kwik]\napi_key = 'canary-key:'\n",
        server.url
    );
    file.write_all(text.as_bytes()).unwrap();
    for (profile, code) in [(None, 3), (Some("other"), 2), (Some("canary-keys"), 2)] {
        for flags in FLAGS {
            let mut command = portal();
            command
                .args(["link", "kwik", "--customer=cus_1"])
                .args(flags);
            command.arg("--config").arg(file.path());
            command.args(profile.map(|name| format!("--profile={name}")));
            command.env("PATH", "/usr/bin:/bin");
            let run = with_all_logs(&mut command);
            assert_eq!(run.code, Some(code), "{}", run.stderr);
            // A profile's name is not secret.
            let output = format!("{}{}", run.stdout, run.stderr).replace("canary-keys", "");
            keys().assert_hidden(format_args!("{profile:?} {flags:?}"), &output);
        }
    }
}

#[test]
fn the_error_of_a_refused_webhook_does_not_show_its_contents() {
    let body = json!({ "id": "evt_1", "data": { "customer": { "email": EMAIL } }, "url": LINK });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body");
    std::fs::write(&file, body.to_string()).unwrap();
    for signature in [
        "canary-session",
        "sha256=canary-session",
        &format!("sha256={}", "0".repeat(64)),
    ] {
        for flags in [[].as_slice(), &["--json"]] {
            let mut command = portal();
            command
                .args(["webhook", "verify", "onlineapp", "--signature", signature])
                .args(flags)
                .envs(VARIABLES)
                .stdin(std::fs::File::open(&file).unwrap());
            let run = with_all_logs(&mut command);
            assert_eq!(
                (run.code, run.stdout.as_str()),
                (Some(3), ""),
                "{}",
                run.stderr
            );
            everything().assert_hidden(format_args!("{signature} {flags:?}"), &run.stderr);
        }
    }
}

#[test]
fn the_demo_prints_its_links_only_to_stdout() {
    let mut command = portal();
    let run = with_all_logs(command.args(["demo", "--once", "-vv"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let links =
        run.stdout
            .lines()
            .chain(["user@example.com", "sandbox_secret", "sk_sandbox_onlineapp"]);
    Canaries::new(links).assert_hidden("the demo", &run.stderr);
}

#[test]
fn the_sandbox_keeps_keys_links_and_addresses_out_of_its_journal_and_log() {
    let mut sandbox = RunningCommand::start(
        portal()
            .args(["sandbox", "--listen=127.0.0.1:0", "-vv"])
            .env("RUST_LOG", "trace"),
    );
    let url = sandbox.line();
    let with_its_keys = |arguments: &[&str]| {
        let run = Run::of(portal().args(arguments).arg(format!("--sandbox={url}")));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout.trim_end().to_owned()
    };
    let links = [
        with_its_keys(&["link", "kwik", "--customer=cus_demo_active"]),
        with_its_keys(&["link", "onlineapp", "--email", EMAIL]),
    ];
    let mut wrong = portal();
    let base = format!("--base-url={url}/2.0/");
    wrong.args(["link", "kwik", "--customer=cus_demo_active", &base]);
    assert_eq!(Run::of(wrong.envs(VARIABLES)).code, Some(3));
    for link in &links {
        assert_eq!(get(link).0, 200);
    }
    // A caller may put secrets anywhere in any encoding, and a webhook repeats them.
    let tokens = links.iter().filter_map(|link| link.rsplit('/').next());
    let bare = tokens.clone().map(|token| format!("it is {token}."));
    let bare = bare.collect::<Vec<_>>();
    let tokens = Canaries::new(tokens);
    let its_keys = [
        "sandbox_secret",
        "sk_sandbox_onlineapp",
        "sandbox_key:sandbox_secret",
    ];
    let words = Canaries::new(its_keys.into_iter().chain([EMAIL, LINK]));
    let planted = [
        words.echoes(),
        words.base64_and_hex(),
        tokens.base64_and_hex(),
        bare,
        links.to_vec(),
    ]
    .concat();
    for secret in &planted {
        let body = json!({ "email": secret, "userMeta": { (secret): [secret] } }).to_string();
        for body in [&body, &body[1..], &format!("email={secret}&plan=1")] {
            post(&format!("{url}/2.0/customer-portal/link"), body);
        }
    }
    let control = |path: &str, body: &Value| {
        let (status, answer) = post(&format!("{url}/_sandbox/{path}"), &body.to_string());
        assert!(status < 300, "{answer}");
    };
    let receiver = CannedServer::start(answer("200 OK", "", ""));
    let hook = format!("{}/{EMAIL}?{EMAIL}", receiver.url);
    control("webhooks", &json!({ "url": hook, "secret": KEYS[1] }));
    let meta = format!("--meta=said={}", planted.join(" "));
    with_its_keys(&["link", "onlineapp", "--email=active@sandbox.test", &meta]);
    let trigger = json!({ "type": "payment.completed", "subscription_id": "sub_sandbox_active" });
    control("webhooks/trigger", &trigger);
    control("clock", &json!({ "advance_seconds": 0 }));
    words
        .find_in(&receiver.request())
        .expect("the receiver gets every event");

    let (_, text) = get(&format!("{url}/_sandbox/journal"));
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(entries[0]["body"]["customer_id"], "cus_demo_active");
    assert_eq!(entries[1]["body"]["email"], "***@example.com");
    assert_eq!(entries[2]["status"], 401);
    let [.., sent] = &*entries else {
        panic!("{text}")
    };
    assert_eq!(
        (&sent["direction"], &sent["status"]),
        (&json!("out"), &json!(200))
    );
    let pages = ["", "journal"].map(|path| get(&format!("{url}/{path}")).1);
    // The home page lists users by their addresses.
    let calls = pages
        .iter()
        .filter_map(|page| Some(page.split_once("<details>")?.1.to_owned()));
    let entries = entries.iter().map(Value::to_string);
    sandbox.signal("INT");
    let log = sandbox.end().stderr;
    for output in entries.chain(calls).chain([log]) {
        for secrets in [&words, &tokens, &everything()] {
            secrets.assert_hidden("the sandbox", &output);
        }
    }
}
