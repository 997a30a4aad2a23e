//! `cargo xtask bulk-proof`: a bulk run at the size that people have, killed twice, checked row by row.

mod account;
mod bad_day;
mod watched;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;

use self::account::Account;
use self::watched::Watched;
use crate::error::Error;
use crate::portal::{self, Sandbox};

/// Prove that bulk runs lose no row: with faults, two kill -9, and ten million rows in little memory
///
/// Builds the program for release, makes links for `--rows` rows in a sandbox that has bad moments,
/// kills the run twice, resumes it, and checks every line against what the sandbox made. Then it
/// reads `--dry-rows` rows from a pipe, and measures the most memory that took.
#[derive(Debug, Args)]
pub(crate) struct BulkProof {
    /// How many rows get links
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    rows: u64,

    /// How many rows are read in a dry run
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    dry_rows: u64,
}

/// The most memory that a run may have, in KiB.
const MOST_MEMORY: u64 = 64 * 1024;

/// How many rows are in flight; as many may be made twice at each kill.
const IN_FLIGHT: u64 = 16;

impl BulkProof {
    /// Does it, and prints the figures.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let program = portal::build_release(root)?;
        let folder = root.join("target/bulk-proof");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
        }
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        if self.rows > 0 {
            self.links(&program, &folder)?;
        }
        if self.dry_rows > 0 {
            self.memory(&program)?;
        }
        fs::remove_dir_all(&folder).map_err(Error::file(&folder))
    }

    fn links(&self, program: &Path, folder: &Path) -> Result<(), Error> {
        let input = folder.join("in.csv");
        let mut file = BufWriter::new(File::create(&input).map_err(Error::file(&input))?);
        write_rows(&mut file, self.rows).map_err(Error::file(&input))?;
        file.flush().map_err(Error::file(&input))?;
        let sandbox = Sandbox::start(program, &[])?;
        let output = folder.join("out.jsonl");
        let mut runs = Vec::new();
        for kill_at in [Some(self.rows / 3), Some(self.rows * 2 / 3), None] {
            bad_day::order(&sandbox.url, self.rows)?;
            let mut command = Command::new(program);
            command
                .args([
                    "bulk",
                    "kwik",
                    "--resume",
                    "--rate",
                    "20000",
                    "--concurrency",
                ])
                .arg(IN_FLIGHT.to_string())
                .arg(format!("--sandbox={}", sandbox.url))
                .arg("--input")
                .arg(&input)
                .arg("--output")
                .arg(&output)
                .stdin(Stdio::null());
            let mut run = Watched::start(&mut command)?;
            match kill_at {
                Some(lines) => {
                    while account::lines(&output) < lines && run.goes_on()? {
                        std::thread::sleep(Duration::from_millis(50));
                    }
                    run.kill()?;
                    println!(
                        "killed at {} of {} rows",
                        account::lines(&output),
                        self.rows
                    );
                }
                None => while run.goes_on()? {},
            }
            runs.push(run);
        }
        let account = Account::read(&output, &sandbox.url)?;
        account.check(self.rows, 2 * IN_FLIGHT)?;
        let time: f64 = runs.iter().map(|run| run.time().as_secs_f64()).sum();
        let memory = runs.iter().map(|run| run.peak).max().unwrap_or_default();
        println!(
            "{} rows, 2 × kill -9: {} links, {} failed, 0 lost, {} made twice (up to {} in flight); {:.0} rows/s, {:.1} MiB at most",
            self.rows,
            account.made,
            account.failed,
            account.twice,
            2 * IN_FLIGHT,
            self.rows as f64 / time,
            memory as f64 / 1024.0,
        );
        small_enough(memory)
    }

    fn memory(&self, program: &Path) -> Result<(), Error> {
        let mut command = Command::new(program);
        command
            .args([
                "bulk",
                "kwik",
                "--sandbox",
                "--input",
                "-",
                "--format",
                "csv",
                "--dry-run",
            ])
            .stdin(Stdio::piped());
        let mut run = Watched::start(&mut command)?;
        let rows = self.dry_rows;
        let pipe = run.stdin();
        let writer = std::thread::spawn(move || {
            if let Some(pipe) = pipe {
                // A program that ended early is told by its exit.
                drop(write_rows(&mut BufWriter::new(pipe), rows));
            }
        });
        while run.goes_on()? {}
        writer.join().expect("writing does not panic");
        run.judge()?;
        println!(
            "{rows} rows, dry run: {:.1} MiB at most, {:.0} rows/s",
            run.peak as f64 / 1024.0,
            rows as f64 / run.time().as_secs_f64(),
        );
        small_enough(run.peak)
    }
}

/// Writes rows that are told apart by the title that they ask for.
fn write_rows(to: &mut impl Write, rows: u64) -> std::io::Result<()> {
    writeln!(
        to,
        "customer_id,subscription_id,page_title,allow_cancel,return_url"
    )?;
    for row in 1..=rows {
        writeln!(
            to,
            "cus_demo_active,sub_demo_active,row {row},false,https://my.site/account"
        )?;
    }
    to.flush()
}

fn small_enough(memory: u64) -> Result<(), Error> {
    match memory > MOST_MEMORY {
        true => Err(Error::Unproved(format!(
            "{memory} KiB is more than {MOST_MEMORY}"
        ))),
        false => Ok(()),
    }
}
