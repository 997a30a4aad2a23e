use jiff::Timestamp;
use rusqlite::Transaction;
use url::form_urlencoded;

use super::page::Page;
use crate::store::Result;
use crate::store::links::{self, Link};

/// The fields of a query or of a form.
pub(crate) struct Fields(Vec<(String, String)>);

/// A request that came with a live link.
pub(crate) struct PageContext {
    pub(crate) link: Link,
    pub(crate) now: Timestamp,
    /// The portal's path, to which steps are appended.
    pub(crate) path: String,
    /// The hidden field of every form.
    pub(crate) csrf_token: String,
    pub(crate) step: Option<String>,
    pub(crate) fields: Fields,
    /// Whether the step's form was submitted (`POST`), or only its page requested.
    pub(crate) is_submission: bool,
    /// Whether the page will be shown: `GET`, and not `HEAD`.
    pub(crate) is_shown: bool,
}

impl PageContext {
    /// Takes the notice that the last action left, if the page will be shown.
    pub(crate) fn notice(&self, tx: &Transaction<'_>) -> Result<Option<String>> {
        if self.is_shown {
            links::take_notice(tx, &self.link.id)
        } else {
            Ok(None)
        }
    }

    /// Ends an action: redirects to the overview, which then shows `notice`.
    pub(crate) fn finish(&self, tx: &Transaction<'_>, notice: &str) -> Result<Page> {
        links::set_notice(tx, &self.link.id, notice)?;
        Ok(Page::redirect(&self.path))
    }
}

impl Fields {
    /// Returns the text of a field; of its first occurrence if there are several.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, text)| text.as_str())
    }

    pub(super) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }
}
