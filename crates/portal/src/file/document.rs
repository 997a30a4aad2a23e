use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use portal_core::Error;

/// A configuration file's text, which knows where in it something stands.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Document<'_> {
    /// Returns the line of a byte, from 1 on.
    pub(super) fn line(&self, at: usize) -> usize {
        self.before(at).matches('\n').count() + 1
    }

    /// Makes the error for what stands at `span`, which is not repeated.
    pub(super) fn refuse(
        &self,
        span: &Range<usize>,
        field: impl Into<Cow<'static, str>>,
        why: &str,
    ) -> Error {
        let before = self.before(span.start);
        let column = before.chars().rev().take_while(|&of| of != '\n').count() + 1;
        let line = self.line(span.start);
        let path = self.path.display();
        Error::configuration(
            field,
            format!("`{path}` line {line} column {column}: {why}"),
        )
    }

    /// Finds a file that the document names: below its own folder, or with `~/` the user's.
    pub(super) fn resolve(&self, name: &str) -> PathBuf {
        match (name.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => match self.path.parent() {
                Some(folder) => folder.join(name),
                None => name.into(),
            },
        }
    }

    fn before(&self, at: usize) -> &str {
        &self.text[..self.text.floor_char_boundary(at)]
    }
}
