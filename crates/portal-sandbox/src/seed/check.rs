//! Checks that a seed does not contradict itself.

use std::collections::BTreeSet;
use std::ops::Range;

use super::values::Id;

/// A contradiction, with its position in the text.
pub(crate) struct Contradiction {
    pub(crate) span: Range<usize>,
    pub(crate) problem: String,
}

pub(crate) type CheckResult = Result<(), Contradiction>;

pub(crate) const ENDED_SUBSCRIPTION: &str =
    "`cancel_at_period_end` is for a subscription that has not ended";

/// Refuses an empty id, and an id that occurs twice.
pub(crate) fn check_unique<'a>(key: &str, ids: impl Iterator<Item = &'a Id>) -> CheckResult {
    let mut ids_so_far = BTreeSet::new();
    for id in ids {
        if id.get_ref().is_empty() {
            return contradiction(id.span(), &format!("`{key}` must not be empty"));
        }
        if !ids_so_far.insert(id.get_ref()) {
            let problem = format!("`{key}` is `{}`, which is already taken", id.get_ref());
            return contradiction(id.span(), &problem);
        }
    }
    Ok(())
}

/// Refuses an id that is not one of `ids`.
pub(crate) fn check_reference<'a>(
    key: &str,
    id: &Id,
    ids: impl Iterator<Item = &'a Id>,
) -> CheckResult {
    let ids: Vec<_> = ids.map(|id| format!("`{}`", id.get_ref())).collect();
    let reference = format!("`{}`", id.get_ref());
    if ids.contains(&reference) {
        return Ok(());
    }
    let known = match ids.as_slice() {
        [] => "none".to_owned(),
        ids => ids.join(", "),
    };
    contradiction(
        id.span(),
        &format!("`{key}` names {reference}, which the seed does not have; it has {known}"),
    )
}

pub(crate) fn contradiction(span: Range<usize>, problem: &str) -> CheckResult {
    Err(Contradiction {
        span,
        problem: problem.to_owned(),
    })
}
