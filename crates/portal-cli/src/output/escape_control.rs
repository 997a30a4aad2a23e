use std::fmt;

/// Displays untrusted text on a terminal, with control characters escaped.
pub(crate) struct EscapeControl<'a>(pub(crate) &'a str);

impl fmt::Display for EscapeControl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            _ if c.is_control() => write!(f, "{}", c.escape_unicode()),
            // Characters that change the text direction.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(f, "{}", c.escape_unicode())
            }
            _ => write!(f, "{c}"),
        })
    }
}
