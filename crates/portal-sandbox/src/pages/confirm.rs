use askama::Template;

use super::shell::Shell;

/// A step before it is taken: what it does, and one button that does it.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(super) struct Confirm {
    pub(super) shell: Shell,
    pub(super) heading: &'static str,
    pub(super) text: String,
    /// What there is to know, as names and values.
    pub(super) facts: Vec<(&'static str, String)>,
    /// The step that the form is sent to.
    pub(super) step: &'static str,
    /// A field that goes with it unseen.
    pub(super) hidden: Option<(&'static str, String)>,
    /// What is left to choose; the first is chosen.
    pub(super) choices: Option<Choices>,
    pub(super) button: String,
    /// Whether something is taken away.
    pub(super) severe: bool,
    pub(super) decline: &'static str,
}

/// One of several, of which the first is chosen.
pub(super) struct Choices {
    pub(super) name: &'static str,
    pub(super) legend: &'static str,
    pub(super) options: Vec<(&'static str, String)>,
}
