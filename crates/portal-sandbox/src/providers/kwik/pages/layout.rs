use crate::pages::context::PageContext;
use crate::pages::layout::Layout;
use crate::providers::kwik::portal_content::PortalContent;

/// Creates what every page of a portal shows around its content.
pub(super) fn layout(context: &PageContext, content: &PortalContent) -> Layout {
    let back = content.redirect_url().map(|url| (url, "Back to site"));
    Layout::new(
        "kwik",
        content.title(),
        &content.customer.billing.name,
        back,
        context,
    )
}
