//! What holds for any file.

use portal::Kind;
use portal::config::ConfigFile;
use proptest::prelude::*;

use crate::common::{CANARY, ConfigFolder};

/// A line as people write it, right or wrong; only values that must not be shown contain the canary.
fn line() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        "(timeout|max_retries|rate|return_origins|kwik|profiles)",
        "(kwik|onlineapp)\\.(api_key|api_secret|paywall_id|base_url|webhook_secret)(_file|_command)?",
        "profiles\\.[a-c]\\.(timeout|kwik\\.api_key)",
        "[a-z_.'\"-]{1,8}",
    ];
    // Errors show an unknown provider's id, and `Debug` shows the path of the authorities.
    let shown_key = "(provider|ca)";
    let shown_value = "(kwik|off|1|true|'[a-z]{1,6}'?|\"[a-z]{1,6}\"?)";
    let is_hidden = |key: &String| !["ca", "provider"].contains(&key.trim_matches(['\'', '"']));
    let key = key.prop_filter("its value is shown", is_hidden);
    let value = prop_oneof![
        "(kwik|documented|off|1|0x1F|-1|1\\.5|inf|true|1979-05-27)",
        "['\"]{1,3}canary[^'\"]{0,6}['\"]{0,3}",
        "\\['canary'?,? ?('x\"canary')?\\]?",
        "\\{ ?api_key ?= ?'canary' ?\\}?",
    ];
    prop_oneof![
        4 => (key, "( = | =|=|)", value).prop_map(|(key, is, value)| format!("{key}{is}{value}")),
        1 => (shown_key, "( = |=)", shown_value).prop_map(|(key, is, value)| format!("{key}{is}{value}")),
        1 => "\\[{1,2}(kwik|onlineapp|profiles\\.[a-c](\\.kwik)?)\\]{0,2}",
        1 => "# ?canary",
    ]
}

#[test]
fn a_secret_in_the_place_of_its_file_or_command_is_not_shown() {
    for line in [
        format!("_file = '{CANARY}'"),
        format!("_command = ['{CANARY}']"),
    ] {
        let file = ConfigFile::parse("c.toml", &format!("kwik.api_secret{line}")).unwrap();
        assert!(!format!("{file:?}").contains(CANARY), "{file:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_its_position_and_without_its_values(
        lines in prop::collection::vec(line(), 0..8), cut in any::<prop::sample::Index>(),
    ) {
        let text = lines.join("\n");
        let cut = text.floor_char_boundary(cut.index(text.len() + 1));
        for text in [&*text, &text[..cut]] {
            match ConfigFile::parse("c.toml", text) {
                Ok(file) => {
                    let output = format!("{file:?}");
                    prop_assert!(!output.contains(CANARY), "{}", output);
                }
                Err(error) => {
                    prop_assert_eq!(error.kind(), Kind::Configuration);
                    prop_assert!(error.message().starts_with("`c.toml` line "), "{}", error);
                    prop_assert!(error.hint().is_some() && error.field().is_some());
                    let output = format!("{error} {error:?}");
                    prop_assert!(!output.contains(CANARY), "{}", output);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(text in any::<String>()) {
        if let Err(error) = ConfigFile::parse("c.toml", &text) {
            prop_assert!(error.hint().is_some(), "{}", error);
        }
    }

    #[test]
    fn the_later_of_the_layers_that_say_something_wins(layers in any::<[bool; 3]>()) {
        let [file, profile, variable] = layers;
        let line = |says: bool, id: &str| if says { format!("api_key = '{id}'\n") } else { String::new() };
        let folder = ConfigFolder::with(&format!(
            "[kwik]\n{}[profiles.p.kwik]\n{}", line(file, "file"), line(profile, "profile"),
        ));
        let list = [("KWIK_API_KEY", "variable")];
        let config = folder.layers(Some("p"), &list[..variable.into()]).unwrap().config("kwik").unwrap();
        let expected = match layers {
            [_, _, true] => "variable",
            [_, true, _] => "profile",
            [true, _, _] => "file",
            _ => "built_in",
        };
        prop_assert_eq!(config.source("api_key").as_str(), expected);
    }
}
