//! Finding secrets in what is shown, in whatever way they are written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use portal_core::{Field, Need};

use crate::bench::Bench;
use crate::{DocumentedAnswer, vocabulary};

/// Shorter runs of base64 hold no secret of ten characters.
const SHORTEST_RUN: usize = 12;

/// Texts that nothing may show.
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// What the adapter was given.
    pub(crate) fn credentials(bench: &Bench<'_>) -> Self {
        let secrets = bench.subject.secrets.iter();
        Self(secrets.map(|&secret| secret.to_owned()).collect())
    }

    /// All of them: credentials, what is known of the customer, and the documented links.
    pub(crate) fn all(bench: &Bench<'_>) -> Self {
        let mut all = Self::credentials(bench);
        let has = |field| bench.capabilities().need(field) != Need::Unsupported;
        // What was not sent cannot come back.
        for (field, text) in [
            (Field::Email, vocabulary::EMAIL),
            (Field::Metadata, vocabulary::METADATA),
            (Field::ReturnUrl, vocabulary::RETURN_PATH),
            (Field::PageTitle, vocabulary::TITLE),
        ] {
            all.0.extend(has(field).then(|| text.to_owned()));
        }
        let urls = bench.links().filter_map(DocumentedAnswer::link);
        all.0.extend(urls.map(str::to_owned));
        all
    }

    /// Returns a secret that `text` shows: plain, in other capitals, percent-encoded or in base64.
    pub(crate) fn found_in(&self, text: &str) -> Option<&str> {
        let mut readings = vec![
            text.to_lowercase(),
            percent_decode_str(text).decode_utf8_lossy().to_lowercase(),
        ];
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
        for run in text
            .split(|c| !is_base64(c))
            .filter(|run| run.len() >= SHORTEST_RUN)
        {
            readings.extend((0..4).filter_map(|start| unpacked(run.get(start..)?)));
        }
        let shows = |secret: &&String| {
            let secret = secret.to_lowercase();
            readings.iter().any(|reading| reading.contains(&secret))
        };
        self.0.iter().find(shows).map(String::as_str)
    }

    /// The ways in which a provider might echo each secret: plain and percent-encoded.
    pub(crate) fn echoes(&self) -> Vec<String> {
        let mut echoes = Vec::new();
        for secret in &self.0 {
            let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
            echoes.push(format!("the value \"{secret}\", which is bad"));
            echoes.push(format!("{} {secret}", "x".repeat(150)));
            echoes.push(format!("bad: {encoded}"));
            echoes.push(secret.to_uppercase());
        }
        echoes
    }

    /// The same in base64, of both alphabets, with padding and without.
    pub(crate) fn packed(&self) -> Vec<String> {
        let pack = |secret: &String| {
            [
                STANDARD.encode(secret),
                STANDARD_NO_PAD.encode(secret),
                URL_SAFE_NO_PAD.encode(secret),
            ]
        };
        self.0.iter().flat_map(pack).collect()
    }
}

/// What a run of base64 says, in small letters, if it is one.
fn unpacked(run: &str) -> Option<String> {
    // A letter that is left over is of what follows.
    let run = &run[..run.len() - usize::from(run.len() % 4 == 1)];
    let whole = &run[..run.len() / 4 * 4];
    let bytes = STANDARD_NO_PAD
        .decode(run)
        .or_else(|_| URL_SAFE_NO_PAD.decode(run))
        .or_else(|_| STANDARD_NO_PAD.decode(whole))
        .or_else(|_| URL_SAFE_NO_PAD.decode(whole))
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let secret = "Key?Canary+0123";
        let secrets = Secrets(vec![secret.into()]);
        assert_eq!(
            secrets.found_in("a harmless line of text, key canary"),
            None
        );
        for echo in [secrets.echoes(), secrets.packed()].concat() {
            let line = format!("say: {echo}.");
            assert_eq!(secrets.found_in(&line), Some(secret), "{line}");
        }
        for before in ["", "a", "ab", "abc"] {
            let inside = STANDARD.encode(format!("{before}{secret}:more"));
            assert_eq!(secrets.found_in(&inside), Some(secret), "{before}");
        }
    }
}
