use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use portal_core::Error;

/// The text of a configuration file, with its path for errors.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Document<'_> {
    /// Returns the line number of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.before(at).matches('\n').count() + 1
    }

    /// Creates an error with the position of `span`, without its text.
    pub(super) fn error_at(
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

    /// Resolves a path of the document: relative to its folder, or to the home directory with `~/`.
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
