/// Says what keeps a text from being one line that says something, in the words of an error.
pub(crate) fn flaw(text: &str) -> Option<&'static str> {
    // Most are plain, and seen to be sooner than letter by letter.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain && !text.is_empty() {
        None
    } else if text.trim().is_empty() {
        Some("is empty")
    } else if text.contains(char::is_control) {
        Some("holds control characters")
    } else {
        None
    }
}
