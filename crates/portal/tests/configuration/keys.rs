//! What may stand in the file, and what it does.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use portal::config::{ConfigFile, Rate, Source};

use crate::common::{CANARY, ConfigFolder, mode};

const WHOLE: &str = r#"
provider = "kwik"
timeout = 2.5
idle_timeout = 0
max_retries = 0
rate = 20
return_origins = ["https://my.site", "http://localhost:3000"]

[kwik]
api_key = "canary-key"
api_secret = 'canary-secret'
base_url = "https://pay.example.com/2.0/"

[onlineapp]
api_key = "canary-other"
paywall_id = "547"
webhook_secret = "canary-hook"

[profiles.test]
provider = "onlineapp"
rate = "off"
onlineapp.paywall_id = "1"
"#;

#[test]
fn every_key_is_read_with_its_line() {
    let folder = ConfigFolder::with(WHOLE);
    let layers = folder.layers(None, &[]).unwrap();
    let config = layers.config("kwik").unwrap();
    assert!(config.is_complete());
    let options = config.options();
    assert_eq!(options.timeout, Duration::from_millis(2500));
    assert_eq!(options.idle_timeout, Duration::ZERO);
    assert_eq!(options.retry.max_retries, 0);
    assert_eq!(options.rate, Rate::per_second(NonZeroU32::new(20).unwrap()));
    let origins = options.return_origins.as_ref().unwrap();
    origins
        .check(&"https://my.site/x".parse().unwrap())
        .unwrap();
    for (name, line) in [
        ("timeout", 3),
        ("idle_timeout", 4),
        ("max_retries", 5),
        ("rate", 6),
        ("api_key", 10),
        ("base_url", 12),
    ] {
        let path = folder.file();
        assert_eq!(config.source(name), Source::File { path, line }, "{name}");
    }
    assert_eq!(config.source("ca"), Source::BuiltIn);
    let client = format!("{:?}", config.client().unwrap());
    assert!(client.contains("pay.example.com"), "{client}");
    for output in [client, format!("{layers:?} {config:?}")] {
        assert!(!output.contains(CANARY), "{output}");
    }
    let secret = layers.config("onlineapp").unwrap().webhook_secret();
    assert_eq!(secret.unwrap().expose(), "canary-hook");
    assert_eq!(layers.provider().unwrap().unwrap().0, "kwik");
}

#[test]
fn a_profile_wins_key_by_key() {
    let folder = ConfigFolder::with(WHOLE);
    let layers = folder.layers(Some("test"), &[]).unwrap();
    assert_eq!(layers.profile(), Some("test"));
    assert_eq!(
        layers.file().unwrap().profiles().collect::<Vec<_>>(),
        ["test"]
    );
    let (id, source) = layers.provider().unwrap().unwrap();
    let (name, path) = ("test".to_owned(), folder.file());
    assert_eq!(
        (id.as_str(), source),
        (
            "onlineapp",
            Source::Profile {
                name,
                path,
                line: 20
            }
        )
    );
    let config = layers.config("onlineapp").unwrap();
    assert_eq!(config.options().rate, Rate::Off);
    assert_eq!(config.options().retry.max_retries, 0);
    assert_eq!(config.source("paywall_id").as_str(), "profile");
    assert_eq!(config.source("api_key").as_str(), "file");
    let client = format!("{:?}", config.client().unwrap());
    assert!(client.contains("\"1\""), "{client}");
}

#[test]
fn a_secret_may_come_from_a_file_beside_it_or_from_a_command() {
    for command in [
        r#"["printf", "%s", "canary secret"]"#,
        r#""printf %s 'canary secret'""#,
        r#"'printf "%s" canary\ secret'"#,
        r#"'printf "%s %s" canary "secret"'"#,
    ] {
        let text = format!(
            "[onlineapp]\npaywall_id = \"1\"\napi_key_file = \"keys/key\"\nwebhook_secret_command = {command}"
        );
        let folder = ConfigFolder::with(&text);
        // No secret of its own: others may read it.
        mode(&folder.file(), 0o644);
        let config = folder
            .layers(None, &[])
            .unwrap()
            .config("onlineapp")
            .unwrap();
        assert_eq!(
            config.webhook_secret().unwrap().expose(),
            "canary secret",
            "{command}"
        );
        let error = config.client().unwrap_err();
        crate::common::refused(&error, "api_key", &["keys/key", "config.toml` line 3"]);
        fs::create_dir(folder.path().join("keys")).unwrap();
        fs::write(folder.path().join("keys/key"), "canary-key\n").unwrap();
        config.client().unwrap();
    }
}

#[test]
fn no_shell_reads_a_command() {
    let folder =
        ConfigFolder::with("[onlineapp]\nwebhook_secret_command = 'printf %s $HOME;`id`>x~'\n");
    let config = folder
        .layers(None, &[])
        .unwrap()
        .config("onlineapp")
        .unwrap();
    assert_eq!(config.webhook_secret().unwrap().expose(), "$HOME;`id`>x~");
}

#[test]
fn paths_are_relative_to_the_files_own_folder_or_to_home() {
    let home = std::env::home_dir().unwrap();
    for (name, expected) in [
        ("ca.pem", Path::new("/etc/portal/ca.pem").to_owned()),
        ("/x/ca.pem", "/x/ca.pem".into()),
        ("~/ca.pem", home.join("ca.pem")),
        ("~user/ca.pem", "/etc/portal/~user/ca.pem".into()),
    ] {
        let file = ConfigFile::parse("/etc/portal/config.toml", &format!("ca = '{name}'")).unwrap();
        assert!(
            format!("{file:?}").contains(&format!("{expected:?}")),
            "{file:?}"
        );
    }
}

#[test]
fn authorities_are_read_when_a_client_is_made_and_not_before() {
    let folder =
        ConfigFolder::with("ca = \"ca.pem\"\nkwik = { api_key = \"a\", api_secret = \"b\" }\n");
    let mut config = folder.layers(None, &[]).unwrap().config("kwik").unwrap();
    let error = config.client().unwrap_err();
    crate::common::refused(&error, "ca", &["ca.pem", "config.toml` line 1"]);
    let authority = portal_testkit::Authority::new("the network's own");
    fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    config.client().unwrap();
    // A later layer replaces it, so the first is not read.
    let other = folder.path().join("other.pem");
    fs::rename(folder.path().join("ca.pem"), &other).unwrap();
    config.set_ca_file(other);
    config.client().unwrap();
}
