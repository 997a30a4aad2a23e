use std::borrow::Cow;

use crate::characters::{is_invisible, is_variation_selector};

/// Checks that a text is one line, not blank and without control characters.
///
/// The error says what is wrong, to follow the value's name in a message.
pub(crate) fn validate_single_line(text: &str) -> Result<(), &'static str> {
    if is_plain(text) {
        Ok(())
    } else if text.trim().is_empty() {
        Err("is empty")
    } else if text.contains(char::is_control) {
        let ends = text.trim_end_matches(['\r', '\n']);
        Err(match ends.contains(char::is_control) {
            true => "holds control characters",
            false => "ends with a line end",
        })
    } else {
        Ok(())
    }
}

/// Checks that a text is one line without invisible characters.
pub(crate) fn validate_visible(text: &str) -> Result<(), Cow<'static, str>> {
    validate_without(text, is_invisible)
}

/// Checks that a text is one line without invisible characters and variation selectors.
///
/// An id or a key with such a character is another one, which looks like the right one.
pub(crate) fn validate_id_or_key(text: &str) -> Result<(), Cow<'static, str>> {
    validate_without(text, |c| is_invisible(c) || is_variation_selector(c))
}

fn validate_without(text: &str, is_hidden: fn(char) -> bool) -> Result<(), Cow<'static, str>> {
    if is_plain(text) {
        return Ok(());
    }
    validate_single_line(text)?;
    if text.starts_with('\u{feff}') {
        return Err("begins with a byte order mark".into());
    }
    if text.trim() != text {
        return Err("begins or ends with white space".into());
    }
    let code = |c: char| u32::from(c);
    if let Some(c) = text.chars().find(|c| is_hidden(*c)) {
        return Err(format!("holds the invisible character U+{:04X}", code(c)).into());
    }
    let is_odd_space = |c: &char| c.is_whitespace() && *c != ' ';
    match text.chars().find(is_odd_space) {
        Some(c) => Err(format!("holds the white space U+{:04X}", code(c)).into()),
        None => Ok(()),
    }
}

fn is_plain(text: &str) -> bool {
    // Bytes are checked faster than characters, and most texts are plain ASCII.
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
