use portal_core::redact;

/// Shows a provider's words, with a key of ours written into them.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let secret = "canary-key";
    let shown = redact(text, &[secret]);
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert!(
        shown.chars().count() <= 201,
        "{} characters",
        shown.chars().count()
    );
    assert!(!shown.contains('@') && !shown.contains("://"), "{shown}");
    assert!(!shown.to_ascii_lowercase().contains(secret), "{shown}");
    // A secret inside any text is found, wherever it stands.
    let middle = (0..=text.len() / 2)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let (before, after) = text.split_at(middle);
    let shown = redact(&format!("{before}{secret}{after}"), &[secret]);
    assert!(!shown.to_ascii_lowercase().contains(secret), "{shown}");
}
