//! Refused contents of a configuration file: the error names the position and the fix, without the value.

use portal::config::ConfigFile;

use crate::common::{ConfigFolder, refused};

#[track_caller]
fn refuses(text: &str, field: &str, at: &str, parts: &[&str]) {
    let error = ConfigFile::parse("/etc/config.toml", text).unwrap_err();
    let start = format!("`/etc/config.toml` {at}: ");
    assert!(error.message().starts_with(&start), "{error}");
    refused(&error, field, parts);
}

#[test]
fn the_error_for_an_unknown_key_suggests_a_similar_one() {
    for (text, at, parts) in [
        (
            "time_out = 1",
            "line 1 column 1",
            ["no key `time_out`", "did you mean `timeout`?"],
        ),
        (
            "\n  kwk.api_key = 'canary'",
            "line 2 column 3",
            ["no key `kwk`", "`kwik`?"],
        ),
        (
            "[kwik]\napi_keys = 'canary'",
            "line 2 column 1",
            ["Kwik has no setting `api_keys`", "`api_key`?"],
        ),
        (
            "[kwik]\napi_key_fil = 'canary'",
            "line 2 column 1",
            ["`api_key_fil`", "`api_key_file`?"],
        ),
        (
            "[kwik]\nbase_url_file = 'canary'",
            "line 2 column 1",
            ["`base_url_file`", "known keys are `api_key`, "],
        ),
        (
            "[kwik]\npaywall_id = 'canary'",
            "line 2 column 1",
            ["no setting `paywall_id`", "known keys are"],
        ),
        (
            "api_key = 'canary'",
            "line 1 column 1",
            ["no key `api_key`", "such as `[kwik]`"],
        ),
        (
            "[kwik]\ntimeout = 1",
            "line 2 column 1",
            ["no setting `timeout`", "above the tables"],
        ),
        (
            "[profile.x]",
            "line 1 column 2",
            ["no key `profile`", "`profiles`?"],
        ),
        (
            "[profiles.x.profiles.y]",
            "line 1 column 13",
            ["no key `profiles`", "cannot contain profiles"],
        ),
        (
            "[profiles.x]\nrates = 1",
            "line 2 column 1",
            ["no key `rates`", "`rate`?"],
        ),
        (
            "zzzzzz = 'canary'",
            "line 1 column 1",
            ["no key `zzzzzz`", "known keys are `provider`"],
        ),
        (
            "'https://x.test/canary' = 1",
            "line 1 column 1",
            ["no key `***`", "known keys"],
        ),
    ] {
        refuses(text, "config", at, &parts);
    }
}

#[test]
fn the_error_for_a_wrong_type_names_the_right_one() {
    for (text, field, at, parts) in [
        (
            "timeout = 'canary'",
            "timeout",
            "line 1 column 11",
            ["a number of seconds", "of type string"],
        ),
        (
            "timeout = true",
            "timeout",
            "line 1 column 11",
            ["a number of seconds", "of type boolean"],
        ),
        (
            "max_retries = 1.5",
            "max_retries",
            "line 1 column 15",
            ["a whole number", "of type float"],
        ),
        (
            "rate = true",
            "rate",
            "line 1 column 8",
            ["a number or a word", "`\"off\"`"],
        ),
        ("ca = 1", "ca", "line 1 column 6", ["a text", "quotes"]),
        (
            "return_origins = 'https://canary'",
            "return_origins",
            "line 1 column 18",
            ["a list of texts", "[\"one\""],
        ),
        (
            "return_origins = [\n  1\n]",
            "return_origins",
            "line 2 column 3",
            ["a list of texts", "integer"],
        ),
        (
            "kwik = 'canary'",
            "kwik",
            "line 1 column 8",
            ["a table", "`[kwik]`"],
        ),
        (
            "[[kwik]]",
            "kwik",
            "line 1 column 1",
            ["a table", "`[kwik]`"],
        ),
        (
            "profiles = 1",
            "profiles",
            "line 1 column 12",
            ["a table", "`[profiles]`"],
        ),
        (
            "profiles.x = 1",
            "x",
            "line 1 column 14",
            ["a table", "`[x]`"],
        ),
        (
            "[onlineapp]\npaywall_id = 547",
            "paywall_id",
            "line 2 column 14",
            ["a text", "quotes"],
        ),
        (
            "[kwik]\napi_key = ['canary']",
            "api_key",
            "line 2 column 11",
            ["a text", "array"],
        ),
        (
            "[kwik]\napi_key.canary = 1",
            "api_key",
            "line 2 column 1",
            ["a text", "table"],
        ),
        (
            "[kwik]\napi_key_command = 1",
            "api_key_command",
            "line 2 column 19",
            ["a text", "integer"],
        ),
        (
            "[kwik]\napi_key_command = [1]",
            "api_key_command",
            "line 2 column 20",
            ["a list of texts", "integer"],
        ),
    ] {
        refuses(text, field, at, &parts);
    }
}

#[test]
fn a_value_that_cannot_be_is_refused() {
    for (text, field, parts) in [
        ("timeout = 0", "timeout", ["not a positive time", "above 0"]),
        (
            "timeout = -1",
            "timeout",
            ["not a positive time", "above 0"],
        ),
        (
            "timeout = nan",
            "timeout",
            ["not a positive time", "above 0"],
        ),
        (
            "idle_timeout = -1",
            "idle_timeout",
            ["not a time", "0 or more"],
        ),
        (
            "timeout = inf",
            "timeout",
            ["not a positive time", "above 0"],
        ),
        (
            "timeout = 1e40",
            "timeout",
            ["not a positive time", "above 0"],
        ),
        (
            "timeout = 99999999999999999999",
            "timeout",
            ["not a positive time", "above 0"],
        ),
        (
            "max_retries = -1",
            "max_retries",
            ["out of range", "0 or more"],
        ),
        (
            "max_retries = 4294967296",
            "max_retries",
            ["out of range", "0 or more"],
        ),
        ("rate = 0", "rate", ["is not a rate", "`\"off\"`"]),
        ("rate = 0.0", "rate", ["is not a rate", "`\"off\"`"]),
        ("rate = -0.5", "rate", ["is not a rate", "`\"off\"`"]),
        ("rate = 'canary'", "rate", ["is not a rate", "`\"off\"`"]),
        ("ca = ''", "ca", ["is empty", "leave the key out"]),
        (
            "provider = 'kwk'",
            "provider",
            ["`kwk`", "`kwik`, `onlineapp`"],
        ),
        (
            "return_origins = []",
            "return_origins",
            ["is empty", "https://"],
        ),
        (
            "return_origins = ['canary']",
            "return_origins",
            ["not an http or https origin", "https://"],
        ),
        (
            "[kwik]\napi_key = ''",
            "api_key",
            ["is empty", "leave the key out"],
        ),
        (
            "[kwik]\napi_key_command = []",
            "api_key_command",
            ["names no program", "first"],
        ),
        (
            "[kwik]\napi_key_command = ['', 'canary']",
            "api_key_command",
            ["names no program", "first"],
        ),
        (
            "[kwik]\napi_key_command = ' '",
            "api_key_command",
            ["names no program", "first"],
        ),
        (
            "[kwik]\napi_key_command = 'x \"canary'",
            "api_key_command",
            ["not closed", "list of words"],
        ),
    ] {
        let line = 1 + text.matches('\n').count();
        refuses(
            text,
            field,
            &format!(
                "line {line} column {}",
                text.lines().last().unwrap().find('=').unwrap() + 3
            ),
            &parts,
        );
    }
}

#[test]
fn two_ways_to_set_a_secret_in_one_layer_are_refused() {
    for (first, second) in [
        ("api_key = 'canary'", "api_key_file = 'canary'"),
        ("api_key_command = 'canary'", "api_key = 'canary'"),
        ("api_key_file = 'canary'", "api_key_command = ['canary']"),
    ] {
        for table in ["kwik", "profiles.x.kwik"] {
            refuses(
                &format!("[{table}]\n{first}\n{second}\n"),
                "api_key",
                "line 3 column 1",
                &["line 2", "both set `api_key`", "keep one"],
            );
        }
    }
}

#[test]
fn invalid_toml_is_refused_with_its_position() {
    for (text, at) in [
        ("api_key canary", "line 1 column 9"),
        ("[kwik]\napi_key = canary", "line 2 column 11"),
        ("[kwik]\napi_key = \"canary\n", "line 2 column 18"),
        ("[kwik]\napi_key = 'ü' canary\n", "line 2 column 15"),
        ("[kwik\n", "line 1 column 6"),
        ("timeout = 1\ntimeout = 2\n", "line 2 column 1"),
        ("canary\0 = 1", "line 1 column 7"),
    ] {
        refuses(text, "config", at, &["this is not TOML"]);
    }
}

#[test]
fn a_file_that_is_too_long_or_no_text_is_refused() {
    let folder = ConfigFolder::with(&"#".repeat(64 * 1024 + 1));
    refused(
        &folder.layers(None, &[]).unwrap_err(),
        "config",
        &["longer than 64 KiB"],
    );
    std::fs::write(folder.file(), b"[kwik]\napi_key = 'canary\xff'").unwrap();
    refused(
        &folder.layers(None, &[]).unwrap_err(),
        "config",
        &["not UTF-8"],
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let file = ConfigFile::parse("c", "\u{feff}timeout = 1\r\n[profiles.x]\r\n").unwrap();
    assert_eq!(file.profiles().collect::<Vec<_>>(), ["x"]);
}
