//! The document with a table of outcomes for each provider.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use crate::fault_table::outcome::FaultOutcome;

const INTRODUCTION: &str = "\
# What happens when something goes wrong

The conformance test of each adapter makes each of these happen to a real client on loopback, and compares the
outcome with this page. `UPDATE_SNAPSHOTS=1 cargo test --test conformance -p adapter-NAME` writes NAME's table.

*Kind* says what the caller can do, *delivery* whether the provider may have acted. *Code* is the provider's own.
*Attempts* counts the attempts of one call, with the first one. *Requests* counts the requests that the provider
received. *Time* is the time of the whole call, by the test's clock. The deadline is 30 s. The tests set the random
pauses between attempts to zero, so the time is what the provider asked for or made the client wait.

A call is repeated only if a repetition can help and cannot act twice. If a provider documents no idempotency and may
have acted, it gets one request. A row with `not_sent` has no request.
";

const HEADING: &str = "\n## `";

/// The outcome of every fault, for one provider.
#[derive(Clone, Debug)]
pub struct FaultTable {
    pub(crate) provider: &'static str,
    /// The provider's section of the document.
    pub(crate) text: String,
}

impl FaultTable {
    /// Compares the table with the provider's section of a document, which it writes if the variable
    /// `UPDATE_SNAPSHOTS` is set.
    ///
    /// # Panics
    /// If the section differs, or the document cannot be written.
    pub fn assert_documented(&self, document: impl AsRef<Path>) {
        let document = document.as_ref();
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            let written = self.write(document);
            return written.unwrap_or_else(|error| panic!("{}: {error}", document.display()));
        }
        let text = std::fs::read_to_string(document).unwrap_or_default();
        self.compare(&text, document);
    }

    fn compare(&self, text: &str, document: &Path) {
        let (introduction, sections) = split(text);
        let section = sections.get(self.provider).copied().unwrap_or_default();
        let mut lines = self.text.lines().zip(section.lines());
        let difference = lines.find(|(actual, documented)| actual != documented);
        assert!(
            introduction == INTRODUCTION && section == self.text,
            "`{}` in {} is not what happens (first difference: {difference:?}); hint: if the change \
             is meant, run the test with `UPDATE_SNAPSHOTS=1` and read the difference",
            self.provider,
            document.display()
        );
    }

    /// Replaces the provider's section. Tests of other providers may write at the same time.
    fn write(&self, document: &Path) -> std::io::Result<()> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(document)?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let (_, mut sections) = split(&text);
        sections.insert(self.provider, &self.text);
        let sections: String = sections.into_values().collect();
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(format!("{INTRODUCTION}{sections}").as_bytes())
    }
}

/// Splits a document into its introduction and the sections by provider.
fn split(document: &str) -> (&str, BTreeMap<&str, &str>) {
    let starts: Vec<_> = document.match_indices(HEADING).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([document.len()]);
    let sections = starts.iter().zip(ends).filter_map(|(&start, end)| {
        let section = &document[start..end];
        let (provider, _) = section.strip_prefix(HEADING)?.split_once('`')?;
        Some((provider, section))
    });
    let introduction = &document[..starts.first().copied().unwrap_or(document.len())];
    (introduction, sections.collect())
}

/// Writes a provider's outcomes as a section of the document.
pub(crate) fn section(provider: &str, rows: &[(String, FaultOutcome)]) -> String {
    let mut text = format!(
        "{HEADING}{provider}`\n\n| what happens | kind | delivery | code | attempts | requests | time |\n\
         |---|---|---|---|---|---|---|\n",
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
        let (requests, time) = (outcome.requests, seconds(outcome.time));
        text += &format!(
            "| {name} | {kind} | {delivery} | {code} | {attempts} | {requests} | {time} |\n"
        );
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_written_beside_those_of_other_providers() {
        let document = tempfile::NamedTempFile::new().expect("a file");
        let table = |provider, row| FaultTable {
            provider,
            text: format!("{HEADING}{provider}`\n\n{row}\n"),
        };
        for table in [table("beta", "old"), table("acme", "a"), table("beta", "b")] {
            table.write(document.path()).expect("a document");
        }
        let text = std::fs::read_to_string(document.path()).expect("a document");
        assert_eq!(
            text,
            format!("{INTRODUCTION}\n## `acme`\n\na\n\n## `beta`\n\nb\n")
        );
    }

    #[test]
    #[should_panic(expected = "is not what happens (first difference: Some((\"new\", \"old\")))")]
    fn a_section_that_differs_fails_the_test() {
        let table = FaultTable {
            provider: "acme",
            text: format!("{HEADING}acme`\n\nnew\n"),
        };
        let document = format!("{INTRODUCTION}{HEADING}acme`\n\nold\n");
        table.compare(&document, Path::new("faults.md"));
    }
}
