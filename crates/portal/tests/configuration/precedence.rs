//! Which file is read, and who wins.

use std::fs;

use portal::config::{Config, ConfigLoader, Source};

use crate::common::{ConfigFolder, mode, refused, variables};

#[test]
fn the_environment_wins_over_the_profile_and_the_profile_over_the_file() {
    let folder = ConfigFolder::with(
        "[kwik]\napi_key = 'file'\napi_secret = 'file'\nbase_url = 'https://file.test'\n\
         [profiles.p.kwik]\napi_secret = 'profile'\nbase_url = 'https://profile.test'\n",
    );
    let all = [
        ("KWIK_BASE_URL", "https://variable.test"),
        ("KWIK_API_KEY", ""),
    ];
    for (profile, list, host) in [
        (None, &all[..0], "file.test"),
        (Some("p"), &all[..0], "profile.test"),
        (Some("p"), &all[..], "variable.test"),
        (None, &all[..], "variable.test"),
    ] {
        let config = folder
            .layers(profile, list)
            .unwrap()
            .config("kwik")
            .unwrap();
        let client = format!("{:?}", config.client().unwrap());
        assert!(client.contains(host), "{host} {client}");
        // An empty variable sets nothing.
        assert_eq!(config.source("api_key").as_str(), "file");
    }
    let mut config = folder.layers(None, &all).unwrap().config("kwik").unwrap();
    config.set("base_url", "https://program.test").unwrap();
    assert_eq!(config.source("base_url"), Source::Program);
    config
        .set_source("base_url", Source::Flag("--base-url"))
        .unwrap();
    assert_eq!(config.source("base_url").to_string(), "`--base-url`");
    assert!(format!("{:?}", config.client().unwrap()).contains("program.test"));
    refused(
        &config.set_source("nonsense", Source::Program).unwrap_err(),
        "nonsense",
        &[],
    );
}

#[test]
fn a_later_layer_replaces_every_way_to_set_a_secret() {
    let folder = ConfigFolder::with(
        "[onlineapp]\nwebhook_secret = 'file'\n\
         [profiles.command.onlineapp]\nwebhook_secret_command = 'printf command'\n\
         [profiles.missing.onlineapp]\nwebhook_secret_file = '/nowhere'\n",
    );
    let secret = |profile, list: &[(&str, &str)]| {
        let config = folder.layers(profile, list).unwrap().config("onlineapp");
        config.unwrap().webhook_secret()
    };
    let variable = ("ONLINEAPP_WEBHOOK_SECRET", "variable");
    assert_eq!(secret(None, &[]).unwrap().expose(), "file");
    assert_eq!(secret(Some("command"), &[]).unwrap().expose(), "command");
    let error = secret(Some("missing"), &[]).unwrap_err();
    refused(
        &error,
        "webhook_secret",
        &["`/nowhere`", "profile `missing`", "line 6"],
    );
    for profile in [None, Some("command"), Some("missing")] {
        assert_eq!(secret(profile, &[variable]).unwrap().expose(), "variable");
    }
    let config = folder
        .layers(None, &[("ONLINEAPP_WEBHOOK_SECRET_FILE", "/x")])
        .unwrap();
    let source = config.config("onlineapp").unwrap().source("webhook_secret");
    assert_eq!(source.to_string(), "`ONLINEAPP_WEBHOOK_SECRET_FILE`");
}

#[test]
fn the_file_is_the_named_one_or_the_variables_or_the_usual_one() {
    let folders = ["named", "variable", "xdg", "home"]
        .map(|id| ConfigFolder::with(&format!("[kwik]\napi_key = '{id}'\n")));
    let [named, variable, xdg, home] = &folders;
    let usual = |config: &ConfigFolder, below: &str| {
        let folder = config.path().join(below);
        fs::create_dir_all(folder.join("portal")).unwrap();
        fs::rename(config.file(), folder.join("portal/config.toml")).unwrap();
        config.path().to_str().unwrap().to_owned()
    };
    let (xdg, home) = (usual(xdg, "."), usual(home, ".config"));
    let variable_file = variable.file();
    let list = [
        ("PORTAL_CONFIG", variable_file.to_str().unwrap()),
        ("XDG_CONFIG_HOME", &xdg),
        ("HOME", &home),
    ];
    let found = |file, list: &[(&str, &str)]| {
        let layers = ConfigLoader::from_variables(file, None, variables(list)).unwrap();
        layers
            .file()
            .map(|file| fs::read_to_string(file.path()).unwrap())
    };
    let named = named.file();
    assert!(found(Some(&*named), &list).unwrap().contains("named"));
    assert!(found(None, &list).unwrap().contains("variable"));
    assert!(found(None, &list[1..]).unwrap().contains("xdg"));
    assert!(found(None, &list[2..]).unwrap().contains("home"));
    let relative = [("XDG_CONFIG_HOME", "relative"), list[2]];
    assert!(found(None, &relative).unwrap().contains("home"));
    assert_eq!(found(None, &[]), None);
    assert_eq!(found(None, &[("HOME", "/nowhere")]), None);
}

#[test]
fn a_named_file_must_be_readable_and_the_default_one_need_not() {
    for (file, list) in [
        (Some("/nowhere/config.toml"), &[][..]),
        (None, &[("PORTAL_CONFIG", "/nowhere/config.toml")][..]),
    ] {
        let error =
            ConfigLoader::from_variables(file.map(str::as_ref), None, variables(list)).unwrap_err();
        refused(
            &error,
            "config",
            &["`/nowhere/config.toml`", "cannot be read", "PORTAL_CONFIG"],
        );
    }
    let folder = ConfigFolder::with("");
    fs::create_dir_all(folder.path().join("portal/config.toml")).unwrap();
    // It is there and cannot be read: an error only where something is missing without it.
    let list = [
        ("XDG_CONFIG_HOME", folder.path().to_str().unwrap()),
        ("KWIK_API_KEY", "key"),
        ("KWIK_API_SECRET", "secret"),
    ];
    let loader = ConfigLoader::from_variables(None, None, variables(&list[..2])).unwrap();
    refused(
        &loader.config("kwik").unwrap_err(),
        "config",
        &["cannot be read"],
    );
    let loader = ConfigLoader::from_variables(None, None, variables(&list)).unwrap();
    assert!(loader.config("kwik").unwrap().is_complete());
    refused(
        loader.unreadable_file().unwrap(),
        "config",
        &["cannot be read"],
    );
}

#[test]
fn the_error_for_an_unknown_profile_lists_the_profiles() {
    let folder = ConfigFolder::with("[profiles.live]\n[profiles.test]\n");
    for (name, hint) in [
        ("tset", "did you mean `test`?"),
        ("x", "use one of `live`, `test`"),
    ] {
        let error = folder.layers(Some(name), &[]).unwrap_err();
        refused(&error, "profile", &[&format!("no profile `{name}`"), hint]);
        let error = folder
            .layers(None, &[("PORTAL_PROFILE", name)])
            .unwrap_err();
        refused(&error, "profile", &[hint]);
    }
    // Named twice, the nearer counts; empty is not named.
    let list = [("PORTAL_PROFILE", "x")];
    assert_eq!(
        folder.layers(Some("live"), &list).unwrap().profile(),
        Some("live")
    );
    assert_eq!(
        folder
            .layers(None, &[("PORTAL_PROFILE", "")])
            .unwrap()
            .profile(),
        None
    );
    let error = ConfigFolder::with("")
        .layers(Some("live"), &[])
        .unwrap_err();
    refused(&error, "profile", &["`[profiles.NAME]`"]);
    let error = ConfigLoader::from_variables(None, Some("live"), variables(&[])).unwrap_err();
    refused(&error, "profile", &["no configuration file", "--config"]);
}

#[test]
fn the_provider_is_named_by_the_variable_the_profile_or_the_file() {
    let folder = ConfigFolder::with("provider = 'kwik'\n[profiles.p]\nprovider = 'onlineapp'\n");
    let named = |profile, list: &[(&str, &str)]| {
        let (id, source) = folder
            .layers(profile, list)
            .unwrap()
            .provider()
            .unwrap()
            .unwrap();
        (id, source.as_str())
    };
    let variable = ("PORTAL_PROVIDER", "any");
    assert_eq!(named(None, &[]), ("kwik".into(), "file"));
    assert_eq!(named(Some("p"), &[]), ("onlineapp".into(), "profile"));
    assert_eq!(named(Some("p"), &[variable]), ("any".into(), "variable"));
    assert_eq!(
        ConfigFolder::with("")
            .layers(None, &[])
            .unwrap()
            .provider()
            .unwrap(),
        None
    );
}

#[test]
fn providers_with_all_required_settings_are_complete() {
    let folder = ConfigFolder::with("[onlineapp]\napi_key = 'a'\n[kwik]\napi_key = 'a'\n");
    let complete = |list: &[(&str, &str)]| {
        let complete = folder.layers(None, list).unwrap().complete().unwrap();
        let ids = complete.iter().map(|config| config.provider().info.id);
        ids.collect::<Vec<_>>()
    };
    let list = [("KWIK_API_SECRET", "b"), ("ONLINEAPP_PAYWALL_ID", "1")];
    assert_eq!(complete(&[]), [""; 0]);
    assert_eq!(complete(&list[..1]), ["kwik"]);
    assert_eq!(complete(&list), ["kwik", "onlineapp"]);
}

#[test]
fn options_for_all_providers_come_without_settings() {
    let folder = ConfigFolder::with("timeout = 7\n[kwik]\napi_key = 'a'\napi_secret = 'b'\n");
    let config = folder
        .layers(None, &[("KWIK_API_KEY", "c")])
        .unwrap()
        .options_only("kwik")
        .unwrap();
    assert_eq!(config.options().timeout.as_secs(), 7);
    assert!(!config.is_complete());
}

#[test]
fn the_environment_alone_reads_no_file() {
    let folder = ConfigFolder::with("nonsense");
    mode(&folder.file(), 0o644);
    let path = folder.file();
    let list = [
        ("PORTAL_CONFIG", path.to_str().unwrap()),
        ("KWIK_API_KEY", "a"),
        ("KWIK_API_SECRET", "b"),
    ];
    let config = Config::from_variables("kwik", variables(&list)).unwrap();
    assert!(config.is_complete());
    assert_eq!(config.source("api_key").to_string(), "`KWIK_API_KEY`");
}
