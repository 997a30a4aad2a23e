//! Successful runs of `portal link`.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::{Run, Sandbox, get, portal};
use crate::server::{CannedServer, json as json_answer};

const KWIK: [&str; 6] = [
    "link",
    "kwik",
    "--customer",
    "cus_demo_active",
    "--subscription",
    "sub_demo_active",
];
const ONLINEAPP: [&str; 4] = ["link", "onlineapp", "--email", "a@example.com"];

fn and<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [first, more].concat()
}

#[test]
fn a_kwik_link_is_one_object_with_every_key_and_its_page_opens() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&and(&KWIK, &["--allow-cancel=false", "--json"]));
    let link = run.json();
    assert_eq!(run.stderr, "");

    let keys = [
        "provider",
        "url",
        "id",
        "session_id",
        "customer",
        "subscription_id",
        "expires_at",
        "omitted",
    ];
    let places = keys.map(|key| run.stdout.find(&format!("\"{key}\":")).unwrap());
    assert!(places.is_sorted(), "{}", run.stdout);
    assert_eq!(link.as_object().unwrap().len(), keys.len());
    assert_eq!(link["provider"], "kwik");
    assert_eq!(
        link["customer"],
        json!({ "id": "cus_demo_active", "email": null })
    );
    assert_eq!(link["subscription_id"], "sub_demo_active");
    assert!(link["id"].as_str().unwrap().starts_with("cpl_"));
    assert!(link["session_id"].as_str().unwrap().starts_with("ses_"));
    let expires_at = link["expires_at"].as_str().unwrap();
    assert!(expires_at.starts_with("20") && expires_at.ends_with('Z'));
    assert_eq!(link["omitted"], json!([]));

    let (status, page) = get(link["url"].as_str().unwrap());
    assert_eq!(status, 200, "{page}");
    let expected = json!({
        "customer_id": "cus_demo_active",
        "subscription_id": "sub_demo_active",
        "settings": { "allow_cancel": false },
    });
    assert_eq!(sandbox.sent(), expected);
}

#[test]
fn an_onlineapp_link_has_null_for_what_onlineapp_does_not_say() {
    let link = Sandbox::start().run(&and(&ONLINEAPP, &["--json"])).json();
    let expected = json!({
        "provider": "onlineapp", "url": link["url"], "id": null, "session_id": null,
        "customer": { "id": null, "email": "a@example.com" }, "subscription_id": null,
        "expires_at": null, "omitted": [],
    });
    assert_eq!(link, expected);
}

#[test]
fn without_json_stdout_is_only_the_url() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&and(&ONLINEAPP, &["--meta", "utm_source=facebook"]));
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let url = run.stdout.strip_suffix('\n').unwrap();
    assert!(url.starts_with(&sandbox.url) && !url.contains(char::is_whitespace));
    assert_eq!(get(url).0, 200);
    let expected = json!({ "email": "***@example.com", "userMeta": { "utm_source": "facebook" } });
    assert_eq!(sandbox.sent(), expected);
}

#[test]
fn the_expiry_of_a_kwik_link_is_printed_to_stderr() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&KWIK);
    assert!(run.stderr.starts_with("expires 20"), "{}", run.stderr);
    let run = sandbox.run(&and(&KWIK, &["--quiet"]));
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn metadata_can_come_from_a_file_and_single_entries_add_to_it() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meta.json");
    std::fs::write(&file, r#"{"plan": {"seats": 3}, "a": 1}"#).unwrap();
    let file = file.to_str().unwrap();
    let run = sandbox.run(&and(
        &ONLINEAPP,
        &["--meta-json", file, "--meta", "a=b=c", "--meta", "empty="],
    ));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        sandbox.sent()["userMeta"],
        json!({ "plan": { "seats": 3 }, "a": "b=c", "empty": "" })
    );
}

#[test]
fn numbers_are_sent_with_the_digits_that_were_given() {
    const DIGITS: &str =
        r#"{"big":18446744073709551616,"even":[9007199254740993.0,1.10],"far":1e+400,"zero":-0.0}"#;
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meta.json");
    std::fs::write(&file, DIGITS).unwrap();
    let extra = format!("note={DIGITS}");
    let run = sandbox.run(&and(
        &ONLINEAPP,
        &["--meta-json", file.to_str().unwrap(), "--extra", &extra],
    ));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let sent = sandbox.sent();
    assert_eq!(sent["userMeta"].to_string(), DIGITS);
    assert_eq!(sent["note"].to_string(), DIGITS);
    let run = sandbox.run(&and(&ONLINEAPP, &["--extra", &extra, "--dry-run"]));
    assert!(run.stdout.contains(DIGITS), "{}", run.stdout);
}

#[test]
fn a_link_is_not_lost_by_a_field_that_is_not_needed() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for unread in [
        r#""Ad\ud83d""#,
        "1e400",
        "123456789012345678901234567890.5",
        &deep,
        r#"{"\udc00": 1, "a": 1, "a": 2}"#,
    ] {
        for start in ["", "\u{feff}"] {
            let kwik = format!(
                r#"{start}{{"status":true,"new":{unread},"result":{{"link_url":"https://x.com/c","new":{unread},"expires_at":"9999-12-31T23:59:59Z"}}}}"#
            );
            let onlineapp = format!(r#"{start}{{"new":{unread},"url":"https://x.com/c"}}"#);
            for (provider, body) in [("kwik", kwik), ("onlineapp", onlineapp)] {
                let server = CannedServer::start(json_answer("200 OK", &body));
                let run = Run::of(server.portal(provider).arg("--json"));
                let link = run.json();
                assert_eq!(link["url"], "https://x.com/c", "{body}");
                assert_eq!(link["expires_at"], Value::Null, "{body}");
                assert_eq!(server.requests(), 1, "{body}");
            }
        }
    }
}

#[test]
fn addresses_of_carriers_and_of_every_script_reach_the_provider() {
    let sandbox = Sandbox::start();
    let addresses = [
        "user..name@docomo.ne.jp",
        "user.@docomo.ne.jp",
        "jo\u{308}rg@example.com",
        "用户@例子.广告",
    ];
    for address in addresses {
        let run = sandbox.run(&["link", "onlineapp", "--email", address, "--json"]);
        assert_eq!(run.json()["customer"]["email"], address);
    }
    assert_eq!(sandbox.journal().len(), addresses.len());
}

#[test]
fn metadata_can_come_from_stdin() {
    let sandbox = Sandbox::start();
    let mut child = sandbox
        .portal(&and(&ONLINEAPP, &["--meta-json", "-"]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(br#"{"k": [1, null]}"#).unwrap();
    drop(stdin);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(sandbox.sent()["userMeta"], json!({ "k": [1, null] }));
}

#[test]
fn every_setting_reaches_kwik() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&and(
        &KWIK,
        &[
            "--show-invoices",
            "--show-billing-info=false",
            "--allow-update-billing-info=no",
            "--allow-cancel=true",
            "--cancel-type",
            "after-billing-period",
            "--allow-switch-plan=1",
            "--product",
            "pro_demo_basic_monthly",
            "--product",
            "pro_demo_plus_yearly",
            "--return-url",
            "https://my.site/account?a=b",
            "--page-title",
            "My \"SaaS\" büro",
        ],
    ));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let expected = json!({
        "show_invoices": true,
        "show_billing_info": false,
        "allow_update_billing_info": false,
        "allow_cancel": true,
        "cancel_type": "AFTER_BILLING_PERIOD",
        "allow_switch_plan": true,
        "products_ids": ["pro_demo_basic_monthly", "pro_demo_plus_yearly"],
        "redirect_url": "https://my.site/account?a=b",
        "page_title": "My \"SaaS\" büro",
    });
    assert_eq!(sandbox.sent()["settings"], expected);
}

#[test]
fn a_cancellation_can_take_effect_now() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&and(&KWIK, &["--cancel-type=now"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(sandbox.sent()["settings"], json!({ "cancel_type": "NOW" }));
}

#[test]
fn a_return_url_reaches_onlineapp() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&and(&ONLINEAPP, &["--return-url", "https://my.site/"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(sandbox.sent()["returnUrl"], "https://my.site/");
}

#[test]
fn extra_fields_reach_the_provider_untouched_and_merge_into_objects() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&and(
        &KWIK,
        &[
            "--allow-cancel=false",
            "--extra",
            r#"settings={"theme": "dark"}"#,
            "--extra",
            r#"note="a=b""#,
        ],
    ));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let sent = sandbox.sent();
    assert_eq!(
        sent["settings"],
        json!({ "allow_cancel": false, "theme": "dark" })
    );
    assert_eq!(sent["note"], "a=b");
}

#[test]
fn best_effort_lists_the_omitted_options_in_text_and_json() {
    let sandbox = Sandbox::start();
    let arguments = and(
        &ONLINEAPP,
        &["--allow-cancel=false", "--page-title", "x", "--best-effort"],
    );
    let run = sandbox.run(&arguments);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        run.stderr,
        "left out `page_title`, `allow_cancel`, which OnlineApp cannot honour\n"
    );
    let link = sandbox.run(&and(&arguments, &["--json"])).json();
    assert_eq!(link["omitted"], json!(["page_title", "allow_cancel"]));
    let bodies: Vec<Value> = sandbox
        .journal()
        .iter()
        .map(|entry| entry["body"].clone())
        .collect();
    assert_eq!(bodies, vec![json!({ "email": "***@example.com" }); 2]);
}

#[test]
fn the_provider_argument_overrides_the_environment() {
    let sandbox = Sandbox::start();
    let mut command = sandbox.portal(&["link", "--email", "a@example.com", "--json"]);
    let link = Run::of(command.env("PORTAL_PROVIDER", "onlineapp")).json();
    assert_eq!(link["provider"], "onlineapp");
    let mut command = sandbox.portal(&and(&ONLINEAPP, &["--json"]));
    let link = Run::of(command.env("PORTAL_PROVIDER", "kwik")).json();
    assert_eq!(link["provider"], "onlineapp");
}

#[test]
fn the_only_configured_provider_needs_no_name() {
    let sandbox = Sandbox::start();
    let mut command = portal();
    command
        .args(["link", "--customer", "cus_demo_new", "--json"])
        .env("KWIK_API_KEY", "sandbox_key")
        .env("KWIK_API_SECRET", "sandbox_secret")
        .env("KWIK_BASE_URL", format!("{}/2.0/", sandbox.url))
        // An incomplete configuration and empty variables do not count.
        .env("ONLINEAPP_API_KEY", "half")
        .env("ONLINEAPP_PAYWALL_ID", "")
        .env("PORTAL_PROVIDER", "");
    assert_eq!(Run::of(&mut command).json()["provider"], "kwik");
    assert_eq!(sandbox.sent(), json!({ "customer_id": "cus_demo_new" }));
}
