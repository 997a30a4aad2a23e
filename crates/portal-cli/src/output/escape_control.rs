use std::fmt;

use portal::adapter::escape_control;

/// Displays untrusted text on a terminal, with control characters and invisible ones escaped.
pub(crate) struct EscapeControl<'a>(pub(crate) &'a str);

impl fmt::Display for EscapeControl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape_control(self.0))
    }
}
