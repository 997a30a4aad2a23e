/// Checks that a text is one line, not blank and without control characters.
///
/// The error says what is wrong, to follow the value's name in a message.
pub(crate) fn validate_single_line(text: &str) -> Result<(), &'static str> {
    // Bytes are checked faster than characters, and most texts are plain ASCII.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain && !text.is_empty() {
        Ok(())
    } else if text.trim().is_empty() {
        Err("is empty")
    } else if text.contains(char::is_control) {
        Err("holds control characters")
    } else {
        Ok(())
    }
}
