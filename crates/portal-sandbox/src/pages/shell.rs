use super::entry::Entry;
use super::text;

/// What surrounds every page behind a live link.
pub(super) struct Shell {
    /// The provider's id, which the stylesheet goes by.
    pub(super) provider: &'static str,
    pub(super) title: String,
    /// Whose page it is.
    pub(super) holder: String,
    /// The way back to the site: the URL and what the button says.
    pub(super) back: Option<(String, &'static str)>,
    /// The page's path, to which steps are appended.
    pub(super) home: String,
    pub(super) csrf: String,
    pub(super) expires: String,
}

impl Shell {
    pub(super) fn new(
        provider: &'static str,
        title: &str,
        holder: &str,
        back: Option<(&str, &'static str)>,
        entry: &Entry,
    ) -> Self {
        Self {
            provider,
            title: title.to_owned(),
            holder: holder.to_owned(),
            back: back.map(|(url, label)| (url.to_owned(), label)),
            home: entry.home.clone(),
            csrf: entry.seal.clone(),
            expires: text::moment(entry.link.expires_at),
        }
    }
}
