use percent_encoding::percent_decode_str;

/// How much of a provider's words an error carries, in characters.
const MAX_CHARS: usize = 200;

/// Makes a provider's words fit to be shown: one line, bounded, without anything secret.
///
/// Providers echo what they were sent. A word that holds a URL, an e-mail address or one of
/// `secrets`, percent-encoded or not, becomes `***`; control characters become spaces. Where a
/// secret of several words stands in it, all of it does.
///
/// ```
/// let shown = portal_core::provider_text("key sk_1 of a@b.co\nis bad, see https://x.y", &["sk_1"]);
/// assert_eq!(shown, "key *** of *** is bad, see ***");
/// ```
#[must_use]
pub fn provider_text(text: &str, secrets: &[&str]) -> String {
    let holds = |secret: &&str| one_line(text).contains(&one_line(secret));
    let phrases = secrets
        .iter()
        .filter(|secret| secret.trim().contains(char::is_whitespace));
    if phrases.into_iter().any(holds) {
        return "***".to_owned();
    }
    let mut shown = String::new();
    for word in words(text) {
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(if is_secret(word, secrets) {
            "***"
        } else {
            word
        });
        if let Some((end, _)) = shown.char_indices().nth(MAX_CHARS) {
            shown.truncate(end);
            shown.push('…');
            break;
        }
    }
    shown
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
}

fn one_line(text: &str) -> String {
    words(text)
        .collect::<Vec<_>>()
        .join(" ")
        .to_ascii_lowercase()
}

fn is_secret(word: &str, secrets: &[&str]) -> bool {
    let decoded = percent_decode_str(word).decode_utf8_lossy();
    [word, &decoded].iter().any(|word| shows(word, secrets))
}

fn shows(word: &str, secrets: &[&str]) -> bool {
    let word = word.to_ascii_lowercase();
    ["://", "@"].iter().any(|mark| word.contains(mark))
        || secrets
            .iter()
            .any(|secret| !secret.is_empty() && word.contains(&secret.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_percent_encoded_and_across_words() {
        for (text, secret) in [
            ("key sk%5F1%2B bad", "sk_1+"),
            ("mail a%40b.co bad", "unused"),
            ("see https%3A%2F%2Fx.y bad", "unused"),
        ] {
            let shown = provider_text(text, &[secret]);
            assert!(shown.contains(" *** bad"), "{shown}");
        }
        let secrets = ["open  Sesame"];
        assert_eq!(provider_text("bad key: open\nsesame!", &secrets), "***");
        assert_eq!(
            provider_text("the door is open", &secrets),
            "the door is open"
        );
    }

    #[test]
    fn long_words_are_cut_and_secrets_inside_words_are_masked() {
        let shown = provider_text(&"x".repeat(5000), &[]);
        assert_eq!(shown.chars().count(), MAX_CHARS + 1);
        assert_eq!(
            provider_text("(key=\"SK_live_1\"),", &["sk_live_1", ""]),
            "***"
        );
        assert_eq!(provider_text("\u{1b}[31mred\r\n", &[]), "[31mred");
    }
}
