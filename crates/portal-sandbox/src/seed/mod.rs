pub(crate) mod check;
pub(crate) mod section;
pub(crate) mod values;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Deserialize;

use self::section::Section;
use crate::Error;
use crate::providers::kwik::seed::KwikSection;
use crate::providers::onlineapp::seed::OnlineAppSection;
use crate::store::Result as StoreResult;

/// A whole seed file. It holds keys and addresses, so it has no Debug.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    onlineapp: OnlineAppSection,
    kwik: KwikSection,
}

/// The data of a new sandbox, which a reset restores: accounts, paywalls, users, customers, products,
/// subscriptions and invoices, read from TOML.
///
/// [`Seed::DEFAULT`] is used by default; its comments explain every key.
///
/// ```
/// use portal_sandbox::Seed;
///
/// let seed = Seed::parse(&Seed::DEFAULT.replace("Thandi Active", "Lerato Dube"))?;
/// let error = Seed::parse(&Seed::DEFAULT.replace("billing_period", "period")).unwrap_err();
/// assert!(error.to_string().contains("unknown field `period`"));
/// # Ok::<(), portal_sandbox::Error>(())
/// ```
pub struct Seed {
    document: Document,
}

impl Seed {
    /// The default seed's TOML, whose comments say what each key means.
    pub const DEFAULT: &'static str = include_str!("default.toml");

    /// Parses a seed from TOML. A seed with unknown or duplicate ids is refused.
    ///
    /// # Errors
    /// [`Error::Seed`], which names the line and the key, and repeats no values except ids.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let document: Document = toml::from_str(text).map_err(|error| {
            let at = error.span().map(|span| span.start);
            let problem = without_values(error.message());
            located(text, at, &problem)
        })?;
        document
            .check()
            .map_err(|wrong| located(text, Some(wrong.span.start), &wrong.problem))?;
        Ok(Self { document })
    }

    /// Reads a seed from a TOML file.
    ///
    /// # Errors
    /// [`Error::SeedFile`] if the file cannot be read, and those of [`Seed::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = read_bounded(path).map_err(|source| Error::SeedFile {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text)
    }

    /// Returns each provider's section.
    pub(crate) fn sections(&self) -> [&dyn Section; 2] {
        self.document.sections()
    }

    pub(crate) fn onlineapp(&self) -> &OnlineAppSection {
        &self.document.onlineapp
    }

    /// Returns every secret that authorises calls to a provider.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let sections = self.sections().into_iter();
        sections.flat_map(Section::secrets).collect()
    }

    /// Fills an empty database; periods and invoices lie around `now`.
    pub(crate) fn seed_database(&self, tx: &Transaction<'_>, now: Timestamp) -> StoreResult<()> {
        for section in self.sections() {
            section.fill(tx, now)?;
        }
        Ok(())
    }

    /// Returns whether a database accepts the credentials that this seed would give it.
    pub(crate) fn matches(&self, tx: &Transaction<'_>) -> StoreResult<bool> {
        for section in self.sections() {
            if !section.matches(tx)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The longest seed file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

fn read_bounded(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let mut file = File::open(path)?.take(MAX_FILE + 1);
    match file.read_to_string(&mut text)? as u64 > MAX_FILE {
        true => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is longer than 1 MiB",
        )),
        false => Ok(text),
    }
}

impl Document {
    fn sections(&self) -> [&dyn Section; 2] {
        [&self.onlineapp, &self.kwik]
    }

    fn check(&self) -> check::CheckResult {
        for section in self.sections() {
            section.check()?;
        }
        let sections = self.sections().into_iter();
        check::check_unique("number", sections.flat_map(Section::invoice_numbers))
    }
}

impl Default for Seed {
    /// Returns the default seed.
    fn default() -> Self {
        Self::parse(Self::DEFAULT).expect("the default seed is tested")
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

/// Creates an error with the line and the key of a problem.
fn located(text: &str, at: Option<usize>, problem: &str) -> Error {
    let before = at.and_then(|at| text.get(..at)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let problem = match key_of(text.lines().nth(line - 1).unwrap_or_default()) {
        Some(key) if !problem.contains(&format!("`{key}`")) => format!("`{key}`: {problem}"),
        _ => problem.to_owned(),
    };
    Error::Seed { line, problem }
}

/// Returns the key of a line like `key = …`, `[key]` or `[[key]]`.
fn key_of(line: &str) -> Option<&str> {
    let line = line.trim();
    let key = match line.split_once('=') {
        Some((key, _)) => key.trim(),
        None => line.trim_start_matches('[').split(']').next()?,
    };
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (!key.is_empty() && key.bytes().all(bare)).then_some(key)
}

/// Removes values from a message, since a value of the wrong type can be a secret or an address.
fn without_values(message: &str) -> String {
    let Some((before, rest)) = message.split_once("string \"") else {
        return message.to_owned();
    };
    let after = rest
        .rfind("\", expected")
        .map_or("", |end| &rest[end + 1..]);
    format!("{before}a string{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(from: &str, to: &str) -> String {
        assert!(Seed::DEFAULT.contains(from), "{from}");
        Seed::parse(&Seed::DEFAULT.replacen(from, to, 1))
            .unwrap_err()
            .to_string()
    }

    /// Returns the line of the default seed on which `text` occurs first.
    fn line_of(text: &str) -> String {
        let start = Seed::DEFAULT.find(text).unwrap();
        format!("line {} ", Seed::DEFAULT[..start].matches('\n').count() + 1)
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_known_keys() {
        let error = refused("billing_period =", "billed =");
        assert!(error.contains("unknown field `billed`"), "{error}");
        assert!(error.contains("`billing_period`"), "{error}");
        assert!(error.contains(&line_of("billing_period =")), "{error}");
        assert!(error.contains("; hint: "), "{error}");
    }

    #[test]
    fn a_missing_key_is_named_with_its_tables_line() {
        let error = refused("amount_cents = 9900 ", "#");
        assert!(error.contains("missing field `amount_cents`"), "{error}");
        assert!(error.contains(&line_of("[[kwik.products]]")), "{error}");
    }

    #[test]
    fn an_invalid_value_is_named_with_the_valid_ones() {
        for (from, to, key, known) in [
            (
                "\"MONTHLY\" #",
                "\"FORTNIGHTLY\" #",
                "billing_period",
                "`YEARLY`",
            ),
            (
                "= 18  ",
                "= 4000 #",
                "period_ends_in_days",
                "from -3660 to 3660",
            ),
            ("= 9900 ", "= -1 #", "amount_cents", "minor units from 0"),
            ("= 9900 ", "= 1.5 #", "amount_cents", "i64"),
        ] {
            let error = refused(from, to);
            assert!(error.contains(&format!("`{key}`")), "{error}");
            assert!(error.contains(known), "{error}");
            assert!(error.contains(&line_of(from)), "{error}");
        }
    }

    #[test]
    fn a_seed_that_contradicts_itself_is_refused() {
        for (from, to, expected) in [
            (
                "customer = \"cus_demo_active\"   ",
                "customer = \"cus_other\"",
                "`customer` names `cus_other`, which the seed does not have; it has `cus_demo_active`",
            ),
            (
                "product = \"pro_demo_plus_monthly\"",
                "product = \"pro_other\"",
                "`product` names `pro_other`",
            ),
            (
                "id = \"cus_demo_new\"",
                "id = \"cus_demo_active\"",
                "`id` is `cus_demo_active`, which is already taken",
            ),
            (
                "id = \"cus_demo_new\"",
                "id = \"cus_5678901234567890123456789012_4\"",
                "`id` is longer than Kwik's 32 characters",
            ),
            (
                "number = \"INV-0002\"",
                "number = \"INV-0001\"",
                "`number` is `INV-0001`, which is already taken",
            ),
            (
                "paywall = \"547\"              #",
                "paywall = \"548\" #",
                "`paywall` names `548`, which the seed does not have; it has `547`",
            ),
            (
                "user = \"active@sandbox.test\"",
                "user = \"canary@sandbox.test\"",
                "`user` names no user",
            ),
            (
                "status = \"INACTIVE\"",
                "status = \"INACTIVE\"\ncancel_at_period_end = true",
                "`cancel_at_period_end` is for a subscription that has not ended",
            ),
            (
                "show_invoices = true",
                "products_ids = [\"pro_other\"]",
                "`products_ids` names `pro_other`",
            ),
            (
                "[\"sk_sandbox_onlineapp\"]",
                "[]",
                "`api_keys` needs at least one",
            ),
            (
                "\"sandbox_key\"",
                "\"sandbox:key\"",
                "`api_key` must not be empty",
            ),
        ] {
            let error = refused(from, to);
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn an_error_repeats_no_secret_and_no_address() {
        for (from, to) in [
            ("[\"sk_sandbox_onlineapp\"]", "\"canary\""),
            (
                "api_secret = \"sandbox_secret\"",
                "api_secret = [\"canary\"]",
            ),
            ("api_secret = \"sandbox_secret\"", "api_secret = \"canary"),
            (
                "active_purchase = true",
                "active_purchase = \"canary@sandbox.test\"",
            ),
            (
                "amount_cents = 9900 ",
                "amount_cents = \"canary\\\", expected\" #",
            ),
        ] {
            let error = refused(from, to);
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
