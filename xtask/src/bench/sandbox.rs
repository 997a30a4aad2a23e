//! Links that the sandbox makes in a second, with its state in a file of SQLite's.

use std::fs;
use std::path::Path;

use super::fact::Fact;
use super::figures::median;
use super::report::Report;
use super::runner::Runner;
use super::unit::Unit;
use crate::error::Error;
use crate::portal::Sandbox;

/// The customer in the exchange that is measured.
const SEED: &str = r#"
[onlineapp]
api_keys = ["key"]

[[onlineapp.paywalls]]
id = "547"
name = "Measured"

[kwik]
api_key = "key"
api_secret = "secret"
name = "Measured"

[kwik.settings]

[[kwik.products]]
id = "pro"
name = "Plus"
amount_cents = 19900
billing_period = "MONTHLY"

[[kwik.customers]]
id = "cus_abc123"
name = "Thandi Active"
email = "thandi@sandbox.test"

[[kwik.cards]]
id = "card"
customer = "cus_abc123"
brand = "Visa"
last_four = "4242"
expires = "12/2030"

[[kwik.subscriptions]]
id = "sub_abc123"
customer = "cus_abc123"
product = "pro"
status = "ACTIVE"
period_ends_in_days = 18
"#;

const IN_FLIGHT: &str = "64";
const LINKS: usize = 19_200;
const LEAST: f64 = 5_000.0;

pub(super) fn measure(release: &Path, quick: bool, report: &mut Report) -> Result<(), Error> {
    let folder = tempfile::tempdir().map_err(Error::file(release))?;
    let seed = folder.path().join("seed.toml");
    fs::write(&seed, SEED).map_err(Error::file(&seed))?;
    let (program, client) = (release.join("portal"), release.join("portal-bench"));
    let links = if quick { LINKS / 2 } else { LINKS };
    let rounds = (0..3).map(|round| {
        let database = folder.path().join(format!("{round}.sqlite"));
        let (database, seed) = (database.display().to_string(), seed.display().to_string());
        let sandbox = Sandbox::start(&program, &["--db", &database, "--seed", &seed])?;
        let places = [("PORTAL_BENCH_PLAIN".to_owned(), sandbox.url.clone())];
        let runner = Runner::new(&places, quick);
        let arguments = ["time", "ours/kwik/plain", &links.to_string(), IN_FLIGHT];
        Ok(links as f64 / runner.number(&client, &arguments, "wall_s")?)
    });
    let rounds: Vec<f64> = rounds.collect::<Result<_, Error>>()?;
    report.facts.push(Fact::at_least(
        LEAST,
        format!(
            "Sandbox with an SQLite file, on 2 cores with its client, {IN_FLIGHT} in flight: links"
        ),
        Unit::PerSecond,
        median(rounds).unwrap_or_default(),
    ));
    Ok(())
}
