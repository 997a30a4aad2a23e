//! Invalid input: the error names the field and has a hint, as text and JSON, and nothing is sent.

use crate::common::Sandbox;

const KWIK: [&str; 4] = ["link", "kwik", "--customer", "cus_demo_active"];
const ONLINEAPP: [&str; 4] = ["link", "onlineapp", "--email", "a@example.com"];

/// Checks that `base` with `more` is refused for `field` before anything is sent.
fn assert_refused(sandbox: &Sandbox, base: &[&str], more: &[&str], kind: &str, field: &str) {
    let arguments = [base, more].concat();
    let result = sandbox.run(&[arguments.as_slice(), &["--json"]].concat());
    let error = result.error();
    assert_eq!(result.code, Some(2), "{more:?} {error}");
    assert_eq!(error["kind"], kind, "{more:?} {error}");
    assert_eq!(error["field"], field, "{more:?} {error}");
    assert_eq!(error["delivery"], "not_sent", "{more:?}");
    assert_eq!(error["attempts"], 0, "{more:?}");
    assert_eq!(error["retryable"], false, "{more:?}");
    assert!(!error["hint"].as_str().unwrap().is_empty(), "{more:?}");

    let result = sandbox.run(&arguments);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(2), ""),
        "{more:?}"
    );
    assert!(result.stderr.starts_with("error: "), "{}", result.stderr);
    assert!(result.stderr.contains("\nhint: "), "{}", result.stderr);
    assert!(
        result.stderr.contains(&format!("`{field}`")),
        "{}",
        result.stderr
    );
    assert_eq!(sandbox.journal().len(), 0, "{more:?}");
}

#[test]
fn a_missing_or_malformed_email_is_refused() {
    let sandbox = Sandbox::start();
    let base = ["link", "onlineapp"];
    assert_refused(&sandbox, &base, &[], "invalid", "email");
    assert_refused(
        &sandbox,
        &base,
        &["--customer", "cus_1"],
        "invalid",
        "email",
    );
    for text in [
        "",
        " ",
        "nonsense",
        "a@b",
        "a b@example.com",
        "a@x.com\nb@y.com",
    ] {
        assert_refused(&sandbox, &base, &["--email", text], "invalid", "email");
    }
    // The field is optional there, but still invalid.
    assert_refused(
        &sandbox,
        &KWIK,
        &["--email", "nonsense"],
        "invalid",
        "email",
    );
}

#[test]
fn an_id_that_is_missing_empty_or_has_control_characters_is_refused() {
    let sandbox = Sandbox::start();
    let base = ["link", "kwik"];
    assert_refused(&sandbox, &base, &[], "invalid", "customer_id");
    assert_refused(
        &sandbox,
        &base,
        &["--email", "a@example.com"],
        "invalid",
        "customer_id",
    );
    for text in ["", "  ", "cus\n1", "cus\u{7f}"] {
        assert_refused(
            &sandbox,
            &base,
            &["--customer", text],
            "invalid",
            "customer_id",
        );
        assert_refused(
            &sandbox,
            &KWIK,
            &["--subscription", text],
            "invalid",
            "subscription_id",
        );
        assert_refused(&sandbox, &KWIK, &["--product", text], "invalid", "products");
        assert_refused(
            &sandbox,
            &KWIK,
            &["--page-title", text],
            "invalid",
            "page_title",
        );
    }
}

#[test]
fn an_invisible_character_in_an_id_or_an_address_is_refused_by_name() {
    let sandbox = Sandbox::start();
    for around in [
        " ID",
        "ID\u{a0}",
        "\u{200b}ID",
        "ID\u{202e}",
        "\u{feff}ID",
        "ID\r",
    ] {
        let id = around.replace("ID", "x_1");
        for (flag, field) in [
            ("--customer", "customer_id"),
            ("--subscription", "subscription_id"),
            ("--product", "products"),
        ] {
            let base: &[&str] = if field == "customer_id" {
                &["link", "kwik"]
            } else {
                &KWIK
            };
            assert_refused(&sandbox, base, &[flag, &id], "invalid", field);
        }
        let address = around.replace("ID", "a@example.com");
        let base = ["link", "onlineapp"];
        assert_refused(&sandbox, &base, &["--email", &address], "invalid", "email");
    }
}

#[test]
fn a_variation_selector_is_refused_in_an_id_and_accepted_in_a_title_and_in_metadata() {
    let sandbox = Sandbox::start();
    let id = ["link", "kwik"];
    assert_refused(
        &sandbox,
        &id,
        &["--customer", "cus_1\u{fe0f}"],
        "invalid",
        "customer_id",
    );
    let heart = "\u{2764}\u{fe0f}";
    let metadata = format!("reference={heart}");
    for (base, more) in [
        (KWIK, ["--page-title", heart]),
        (ONLINEAPP, ["--meta", &metadata]),
    ] {
        let run = sandbox.run(&[&base[..], &more].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    let journal = sandbox.journal();
    assert_eq!(journal[0]["body"]["settings"]["page_title"], heart);
    assert_eq!(journal[1]["body"]["userMeta"]["reference"], heart);
}

#[test]
fn a_script_or_relative_return_url_is_refused() {
    let sandbox = Sandbox::start();
    for url in [
        "javascript:alert(1)",
        "/account",
        "my.site/account",
        "//my.site",
        "ftp://my.site",
        "https://user:pw@my.site",
        "",
    ] {
        for base in [&KWIK, &ONLINEAPP] {
            assert_refused(
                &sandbox,
                base,
                &["--return-url", url],
                "invalid",
                "return_url",
            );
        }
    }
}

#[test]
fn metadata_that_is_not_an_object_is_refused() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meta.json");
    let path = file.to_str().unwrap().to_owned();
    assert_refused(
        &sandbox,
        &ONLINEAPP,
        &["--meta-json", &path],
        "invalid",
        "metadata",
    );
    for text in ["[1]", "\"text\"", "null", "{", ""] {
        std::fs::write(&file, text).unwrap();
        assert_refused(
            &sandbox,
            &ONLINEAPP,
            &["--meta-json", &path],
            "invalid",
            "metadata",
        );
    }
    for pair in ["novalue", "=value", ""] {
        let run = sandbox.run(&[ONLINEAPP.as_slice(), &["--meta", pair, "--json"]].concat());
        let error = run.error();
        assert_eq!(
            (run.code, &error["field"]),
            (Some(2), &"metadata".into()),
            "{error}"
        );
        assert!(
            error["hint"].as_str().unwrap().contains("--meta key=value"),
            "{error}"
        );
    }
    assert_eq!(sandbox.journal().len(), 0);
}

#[test]
fn a_key_that_is_set_twice_is_refused_with_its_path() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meta.json");
    std::fs::write(&file, r#"{"plan": [{"seats": 1, "seats": 2}]}"#).unwrap();
    let file = file.to_str().unwrap();
    for (more, field) in [
        (&["--meta-json", file][..], "metadata.plan.0.seats"),
        (&["--meta", "plan=1", "--meta", "plan=1"], "metadata.plan"),
        (&["--extra", r#"note={"a": {}, "a": 1}"#], "extra.note.a"),
        (&["--extra", "note=1", "--extra", "note=2"], "extra.note"),
    ] {
        assert_refused(&sandbox, &ONLINEAPP, more, "invalid", field);
    }
}

#[test]
fn an_option_that_the_provider_does_not_support_is_refused() {
    let sandbox = Sandbox::start();
    for (flag, field) in [
        ("--subscription=sub_1", "subscription_id"),
        ("--page-title=x", "page_title"),
        ("--show-invoices", "show_invoices"),
        ("--show-billing-info", "show_billing_info"),
        ("--allow-update-billing-info", "allow_update_billing_info"),
        ("--allow-cancel=false", "allow_cancel"),
        ("--cancel-type=now", "cancel_type"),
        ("--allow-switch-plan", "allow_switch_plan"),
        ("--product=pro_1", "products"),
    ] {
        assert_refused(&sandbox, &ONLINEAPP, &[flag], "unsupported", field);
    }
    assert_refused(
        &sandbox,
        &KWIK,
        &["--meta", "a=b"],
        "unsupported",
        "metadata",
    );
}

#[test]
fn an_extra_field_that_is_not_json_or_already_set_is_refused() {
    let sandbox = Sandbox::start();
    assert_refused(
        &sandbox,
        &KWIK,
        &["--extra", "note=hello"],
        "invalid",
        "extra.note",
    );
    for (extra, field) in [
        (r#"customer_id="cus_2""#, "customer_id"),
        (r#"settings={"allow_cancel":true}"#, "allow_cancel"),
    ] {
        let flags = ["--allow-cancel=false", "--extra", extra, "--json"];
        let run = sandbox.run(&[KWIK.as_slice(), &flags].concat());
        let error = run.error();
        assert_eq!(run.code, Some(2), "{error}");
        assert!(error["field"].as_str().unwrap().contains(field), "{error}");
    }
    let run = sandbox.run(&[KWIK.as_slice(), &["--extra", "novalue", "--json"]].concat());
    assert_eq!(
        (run.code, &run.error()["field"]),
        (Some(2), &"extra".into())
    );
    assert_eq!(sandbox.journal().len(), 0);
}

#[test]
fn an_invalid_flag_value_is_refused() {
    let sandbox = Sandbox::start();
    for (flag, field) in [
        ("--allow-cancel=maybe", "allow_cancel"),
        ("--show-invoices=", "show_invoices"),
        ("--cancel-type=later", "cancel_type"),
        ("--max-retries=-1", "max_retries"),
        ("--color=red", "color"),
    ] {
        let run = sandbox.run(&[KWIK.as_slice(), &[flag, "--json"]].concat());
        let error = run.error();
        assert_eq!(run.code, Some(2), "{error}");
        assert_eq!(
            (&error["kind"], &error["field"]),
            (&"invalid".into(), &field.into())
        );
        assert!(!error["hint"].as_str().unwrap().is_empty());
        let run = sandbox.run(&[KWIK.as_slice(), &[flag]].concat());
        let flag = flag.split_once('=').unwrap().0;
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains(flag), "{}", run.stderr);
    }
    assert_eq!(sandbox.journal().len(), 0);
}

#[test]
fn a_negative_number_after_a_flag_is_an_error_of_its_value() {
    for (arguments, why) in [
        (["link", "kwik", "--timeout", "-1"].as_slice(), "above 0"),
        (&["link", "kwik", "--max-retries", "-1"], "`-1`"),
        (
            &["bulk", "kwik", "--input=x.csv", "--concurrency", "-1"],
            "`-1`",
        ),
    ] {
        let run = crate::common::run(arguments);
        let flag = arguments[arguments.len() - 2];
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(
            run.stderr.contains(&format!("`{flag}` does not take `-1`"))
                && run.stderr.contains(why),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn the_hint_for_a_missing_argument_is_how_to_give_it() {
    for (arguments, hint) in [
        (
            ["bulk", "kwik", "--input=x.csv"].as_slice(),
            "`--output FILE`",
        ),
        (&["webhook", "verify", "onlineapp"], "`--signature HEADER`"),
        (&["completions"], "`SHELL`"),
    ] {
        let run = crate::common::run(arguments);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(!run.stderr.contains(['<', '[']), "{}", run.stderr);
        let found = run.stderr.split_once("hint: ").unwrap().1;
        assert!(
            found.starts_with(&format!("add {hint}: ")),
            "{}",
            run.stderr
        );
    }
}
