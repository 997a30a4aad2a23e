use portal_core::redact;

/// Shows a provider's words, with a key of ours written into them.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let secret = "canary-key";
    let output = redact(text, &[secret]);
    assert!(!output.contains(char::is_control), "{output:?}");
    assert!(
        output.chars().count() <= 201,
        "{} characters",
        output.chars().count()
    );
    assert!(!output.contains('@') && !output.contains("://"), "{output}");
    assert!(!output.to_ascii_lowercase().contains(secret), "{output}");
    // A secret inside any text is found, wherever it stands.
    let middle = (0..=text.len() / 2)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let (before, after) = text.split_at(middle);
    let output = redact(&format!("{before}{secret}{after}"), &[secret]);
    assert!(!output.to_ascii_lowercase().contains(secret), "{output}");
}
