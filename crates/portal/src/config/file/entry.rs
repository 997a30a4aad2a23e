use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use portal_core::{Error, Result, ReturnOrigins};
use portal_http::Rate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::file::document::Document;
use crate::config::file::section::At;
use crate::providers::declaration::Provider;
use crate::providers::provider;

/// One key of the file with its value, not decoded yet.
pub(super) struct Entry<'a> {
    document: Document<'a>,
    pub(super) name: &'a str,
    key: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

/// Lists a table's entries in the order of the file.
pub(super) fn entries<'a>(document: Document<'a>, table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| Entry {
            document,
            name: key.get_ref(),
            key: key.span(),
            value,
        })
        .collect();
    entries.sort_by_key(|entry| entry.key.start);
    entries
}

impl<'a> Entry<'a> {
    /// Adds the line of the entry to a decoded value.
    pub(super) fn at<T>(&self, value: T) -> At<T> {
        At {
            value,
            line: self.line(),
        }
    }

    pub(super) fn line(&self) -> usize {
        self.document.line(self.key.start)
    }

    /// Creates an error about the key.
    pub(super) fn key_error(&self, field: impl Into<Cow<'static, str>>, why: &str) -> Error {
        self.document.error_at(&self.key, field, why)
    }

    /// Decodes a table into its entries.
    pub(super) fn table(&self) -> Result<Vec<Entry<'a>>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Ok(entries(self.document, table)),
            _ => Err(self.wrong_type("a table", format!("write it as `[{}]`", self.name))),
        }
    }

    /// Decodes a text that is not empty.
    pub(super) fn text(&self) -> Result<&'a str> {
        let text = match self.value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            _ => return Err(self.wrong_type("a text", "write it in quotes".into())),
        };
        match text.is_empty() {
            true => Err(self
                .value_error(&format!("`{}` is empty", self.name))
                .with_hint("give it a value, or leave the key out")),
            false => Ok(text),
        }
    }

    /// Decodes a path.
    pub(super) fn path(&self) -> Result<PathBuf> {
        Ok(self.document.resolve(self.text()?))
    }

    /// Decodes the words of a command: a list, or a text that is split like a shell does.
    pub(super) fn words(&self) -> Result<Vec<String>> {
        let words = match self.value.get_ref() {
            DeValue::Array(_) => Some(self.texts()?),
            _ => shlex::split(self.text()?),
        };
        match words {
            Some(words) if words.first().is_some_and(|program| !program.is_empty()) => Ok(words),
            Some(_) => Err(self
                .value_error(&format!("`{}` names no program", self.name))
                .with_hint("give the program first, then its arguments")),
            None => Err(self
                .value_error(&format!("`{}` has a quote that is not closed", self.name))
                .with_hint(
                    "close it, or write a list of words, like `[\"pass\", \"show\", \"key\"]`",
                )),
        }
    }

    /// Decodes a positive number of seconds.
    pub(super) fn seconds(&self) -> Result<Duration> {
        let seconds = match self.value.get_ref() {
            DeValue::Integer(_) => self.whole().map(f64::from),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => return Err(self.wrong_type("a number of seconds", "write it like `30`".into())),
        };
        match seconds.map(Duration::try_from_secs_f64) {
            Some(Ok(time)) if !time.is_zero() => Ok(time),
            _ => Err(self
                .value_error(&format!("`{}` is not a positive time", self.name))
                .with_hint("give a number of seconds above 0")),
        }
    }

    /// Decodes a whole number, 0 or more.
    pub(super) fn count(&self) -> Result<u32> {
        match self.value.get_ref() {
            DeValue::Integer(_) => self.whole().ok_or_else(|| {
                self.value_error(&format!("`{}` is out of range", self.name))
                    .with_hint("give a whole number, 0 or more")
            }),
            _ => Err(self.wrong_type("a whole number", "write it like `2`".into())),
        }
    }

    /// Decodes a rate: requests a second, or a word.
    pub(super) fn rate(&self) -> Result<Rate> {
        const HINT: &str = "give the requests a second, `\"documented\"` or `\"off\"`";
        let rate = match self.value.get_ref() {
            DeValue::Integer(_) => self.whole().map(|number| number.to_string()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            DeValue::String(word) if matches!(&**word, "documented" | "off") => {
                Some(word.to_string())
            }
            DeValue::String(_) => None,
            _ => return Err(self.wrong_type("a number or a word", HINT.into())),
        };
        rate.and_then(|text| text.parse().ok()).ok_or_else(|| {
            self.value_error(&format!("`{}` is not a rate", self.name))
                .with_hint(HINT)
        })
    }

    /// Decodes the origins that return URLs may have.
    pub(super) fn return_origins(&self) -> Result<ReturnOrigins> {
        ReturnOrigins::parse(self.texts()?).map_err(|error| {
            let located = self.value_error(error.message());
            located.with_hint(error.hint().unwrap_or_default().to_owned())
        })
    }

    /// Decodes the id of a provider.
    pub(super) fn provider(&self) -> Result<&'static Provider> {
        provider(self.text()?).map_err(|error| {
            let located = self.value_error(error.message());
            located.with_hint(error.hint().unwrap_or_default().to_owned())
        })
    }

    fn texts(&self) -> Result<Vec<String>> {
        const HINT: &str = "write it like `[\"one\", \"two\"]`";
        let DeValue::Array(list) = self.value.get_ref() else {
            return Err(self.wrong_type("a list of texts", HINT.into()));
        };
        let text = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            other => Err(self.mismatch(&value.span(), "a list of texts", other, HINT.into())),
        };
        list.iter().map(text).collect()
    }

    fn whole(&self) -> Option<u32> {
        let number = self.value.get_ref().as_integer()?;
        u32::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// Creates an error about the value.
    fn value_error(&self, why: &str) -> Error {
        let field = self.name.to_owned();
        self.document.error_at(&self.value.span(), field, why)
    }

    fn wrong_type(&self, wanted: &str, hint: String) -> Error {
        self.mismatch(&self.value.span(), wanted, self.value.get_ref(), hint)
    }

    fn mismatch(
        &self,
        at: &Range<usize>,
        wanted: &str,
        found: &DeValue<'_>,
        hint: String,
    ) -> Error {
        let name = self.name;
        let why = format!(
            "`{name}` must be {wanted}, but is of type {}",
            found.type_str()
        );
        self.document
            .error_at(at, name.to_owned(), &why)
            .with_hint(hint)
    }
}
