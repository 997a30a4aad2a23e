use portal::Kind;
use portal::config::ConfigFile;
use toml::de::{DeTable, DeValue};

/// Reads a configuration file, whose errors say where and what next, and repeat no secret.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let output = match ConfigFile::parse("config.toml", text) {
        Ok(file) => format!("{file:?}"),
        Err(error) => {
            assert_eq!(error.kind(), Kind::Configuration);
            assert!(
                error.message().starts_with("`config.toml` line "),
                "{error}"
            );
            assert!(error.hint().is_some() && error.field().is_some(), "{error}");
            format!("{error} {error:?}")
        }
    };
    let mut secrets = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        collect(table.get_ref(), &mut secrets);
    }
    for secret in secrets {
        // Where it stands in another place too, it may be a key's name.
        let once = text.matches(&*secret).count() == 1;
        assert!(!once || !output.contains(&*secret), "{output}");
    }
}

/// Collects the secrets that can be recognised.
fn collect(table: &DeTable<'_>, secrets: &mut Vec<String>) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::Table(table) => collect(table, secrets),
            DeValue::String(text) if text.contains("canary") => {
                if matches!(
                    &**key.get_ref(),
                    "api_key" | "api_secret" | "webhook_secret"
                ) {
                    secrets.push(text.to_string());
                }
            }
            _ => {}
        }
    }
}
