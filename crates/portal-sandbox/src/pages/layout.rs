use super::context::PageContext;
use super::format;

/// The parts that every page behind a live link has.
pub(crate) struct Layout {
    /// The provider's id, a class of the stylesheet.
    pub(crate) provider: &'static str,
    pub(crate) title: String,
    /// The name or address of the customer.
    pub(crate) customer: String,
    /// The URL of the merchant's site, and the label of its link.
    pub(crate) back: Option<(String, &'static str)>,
    /// The page's path, to which steps are appended.
    pub(crate) path: String,
    pub(crate) csrf: String,
    pub(crate) expires: String,
}

impl Layout {
    pub(crate) fn new(
        provider: &'static str,
        title: &str,
        customer: &str,
        back: Option<(&str, &'static str)>,
        context: &PageContext,
    ) -> Self {
        Self {
            provider,
            title: title.to_owned(),
            customer: customer.to_owned(),
            back: back.map(|(url, label)| (url.to_owned(), label)),
            path: context.path.clone(),
            csrf: context.csrf_token.clone(),
            expires: format::moment(context.link.expires_at),
        }
    }
}
