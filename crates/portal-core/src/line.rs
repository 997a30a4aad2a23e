/// Says what keeps a text from being one line that says something, in the words of an error.
pub(crate) fn flaw(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("is empty")
    } else if text.contains(char::is_control) {
        Some("holds control characters")
    } else {
        None
    }
}
