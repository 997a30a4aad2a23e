//! Checks that a seed does not contradict itself.

use std::collections::BTreeMap;
use std::ops::Range;

use super::values::Id;

/// A contradiction, with its position in the text.
pub(crate) struct Contradiction {
    pub(crate) span: Range<usize>,
    pub(crate) problem: String,
}

pub(crate) type Checked = Result<(), Contradiction>;

pub(crate) const ENDED: &str = "`cancel_at_period_end` is for a subscription that has not ended";

pub(crate) fn unique<'a>(key: &str, ids: impl Iterator<Item = &'a Id>) -> Checked {
    let mut seen = BTreeMap::new();
    for id in ids {
        if id.get_ref().is_empty() {
            return wrong(id.span(), &format!("`{key}` must not be empty"));
        }
        if seen.insert(id.get_ref(), ()).is_some() {
            let problem = format!("`{key}` is `{}`, which is already taken", id.get_ref());
            return wrong(id.span(), &problem);
        }
    }
    Ok(())
}

pub(crate) fn known<'a>(key: &str, id: &Id, ids: impl Iterator<Item = &'a Id>) -> Checked {
    let ids: Vec<_> = ids.map(|id| format!("`{}`", id.get_ref())).collect();
    let wanted = format!("`{}`", id.get_ref());
    if ids.contains(&wanted) {
        return Ok(());
    }
    let known = match ids.as_slice() {
        [] => "none".to_owned(),
        ids => ids.join(", "),
    };
    wrong(
        id.span(),
        &format!("`{key}` names {wanted}, which the seed does not have; it has {known}"),
    )
}

pub(crate) fn wrong(span: Range<usize>, problem: &str) -> Checked {
    Err(Contradiction {
        span,
        problem: problem.to_owned(),
    })
}
