//! The outcomes as a document.

use std::path::Path;
use std::time::Duration;

use crate::outcome::Outcome;
use crate::provider::Provider;

pub(crate) const INTRODUCTION: &str = "\
# What happens when something goes wrong

`crates/portal/tests/faults` makes each of these happen to a real client on loopback, and writes this page;
it fails if the page is not true. `UPDATE_SNAPSHOTS=1 cargo test -p portal --test faults` updates it.

*Kind* is what the caller can do, *delivery* whether the provider may have acted, *code* the provider's own.
*Attempts* are those of one call, the first included; *requests* are what the provider saw of them. *Time* is
the whole call's, of a deadline of 30 s, by a clock that the test turns; the random pauses between attempts
count as none, so it is what the provider asked for or made the client wait.

A call is repeated only if that can help and cannot do anything twice: Kwik documents no
idempotency key, so a call on which it may have acted is not repeated. Nothing that says `not_sent` was seen.
";

pub(crate) fn of(provider: Provider, rows: &[(String, Outcome)]) -> String {
    let mut text = format!(
        "\n## `{}`\n\n| what happens | kind | delivery | code | attempts | requests | time |\n\
         |---|---|---|---|---|---|---|\n",
        provider.id()
    );
    for (name, outcome) in rows {
        let (kind, delivery, code, attempts) = match &outcome.result {
            Ok(_) => ("the link".to_owned(), String::new(), String::new(), 1),
            Err(error) => (
                format!("`{}`", error.kind().as_str()),
                format!("`{}`", error.delivery().as_str()),
                error
                    .provider_code()
                    .map(|code| format!("`{code}`"))
                    .unwrap_or_default(),
                error.attempts(),
            ),
        };
        let (seen, time) = (outcome.seen, seconds(outcome.time));
        text +=
            &format!("| {name} | {kind} | {delivery} | {code} | {attempts} | {seen} | {time} |\n");
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

/// Compares the document with the one in the repository, or writes it there.
pub(crate) fn compare(document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, document).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let differing = document
        .lines()
        .zip(kept.lines())
        .find(|(is, was)| is != was);
    assert!(
        document == kept,
        "docs/faults.md is not what happens (first difference: {differing:?}); \
         if the change is meant, write it anew with `UPDATE_SNAPSHOTS=1` and read the difference"
    );
}
