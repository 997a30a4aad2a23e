use askama::Template;

use super::layout::Layout;

/// The page that asks for confirmation of a step: what it does, and one button that does it.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct Confirm {
    pub(crate) layout: Layout,
    pub(crate) heading: &'static str,
    pub(crate) text: String,
    /// Facts, as labels and values.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// The step that the form is sent to.
    pub(crate) step: &'static str,
    /// A hidden field of the form.
    pub(crate) hidden: Option<(&'static str, String)>,
    /// Options to choose from.
    pub(crate) choices: Option<Choices>,
    pub(crate) button: String,
    /// Whether the step takes something away from the customer.
    pub(crate) is_destructive: bool,
    pub(crate) decline: &'static str,
}

/// Options of which one can be chosen; the first is preselected.
pub(crate) struct Choices {
    pub(crate) name: &'static str,
    pub(crate) legend: &'static str,
    pub(crate) options: Vec<(&'static str, String)>,
}
