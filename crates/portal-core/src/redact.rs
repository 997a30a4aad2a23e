/// How much of a provider's words an error carries, in characters.
const MAX_CHARS: usize = 200;

/// Makes a provider's words fit to be shown: one line, bounded, without anything secret.
///
/// Providers echo what they were sent. A word that holds a URL, an e-mail address or one of
/// `secrets` becomes `***`; control characters become spaces.
///
/// ```
/// let shown = portal_core::provider_text("key sk_1 of a@b.co\nis bad, see https://x.y", &["sk_1"]);
/// assert_eq!(shown, "key *** of *** is bad, see ***");
/// ```
#[must_use]
pub fn provider_text(text: &str, secrets: &[&str]) -> String {
    let mut shown = String::new();
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
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

fn is_secret(word: &str, secrets: &[&str]) -> bool {
    let word = word.to_ascii_lowercase();
    ["://", "@", "%40", "%3a%2f%2f"]
        .iter()
        .any(|mark| word.contains(mark))
        || secrets
            .iter()
            .any(|secret| !secret.is_empty() && word.contains(&secret.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
