//! What a run wrote, held against what the sandbox made.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::portal::control;

#[derive(Debug, Default)]
pub(super) struct Account {
    /// How many rows have a link.
    pub(super) made: u64,
    /// How many rows have an error.
    pub(super) failed: u64,
    /// How many links the sandbox made beyond one for each row.
    pub(super) twice: u64,
    rows: u64,
    wrong: Vec<String>,
}

impl Account {
    pub(super) fn read(output: &Path, url: &str) -> Result<Self, Error> {
        let state = control(url, "GET", "state", "")?;
        let unread = |_| Error::Unproved("the sandbox's state does not read".to_owned());
        let state: Value = serde_json::from_str(&state).map_err(unread)?;
        let mut links: HashMap<&str, Vec<&str>> = HashMap::new();
        for link in state["links"].as_array().into_iter().flatten() {
            let title = link["settings"]["page_title"].as_str().unwrap_or_default();
            let id = link["id"].as_str().unwrap_or_default();
            links.entry(title).or_default().push(id);
        }
        let mut account = Self::default();
        let file = File::open(output).map_err(Error::file(output))?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(Error::file(output))?;
            account.rows += 1;
            let row = account.rows;
            account.twice += account.line(&line, row, &links);
        }
        Ok(account)
    }

    /// Looks at a line, and returns how many links its row has beyond one.
    fn line(&mut self, line: &str, row: u64, links: &HashMap<&str, Vec<&str>>) -> u64 {
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        let title = format!("row {row}");
        let ids = links.get(title.as_str()).map_or(&[][..], Vec::as_slice);
        if value["row"] != row || value["line"] != row + 1 {
            self.wrong
                .push(format!("line {row} of the output is about another row"));
        }
        match value["ok"].as_bool() {
            Some(true) if ids.contains(&value["id"].as_str().unwrap_or_default()) => self.made += 1,
            Some(false) if value["error"]["kind"].is_string() => self.failed += 1,
            _ => self
                .wrong
                .push(format!("row {row} has no link that the sandbox knows")),
        }
        (ids.len() as u64).saturating_sub(1)
    }

    /// An error unless every row has its line and no more were made twice than may be.
    pub(super) fn check(&self, rows: u64, most_twice: u64) -> Result<(), Error> {
        let mut wrong = self.wrong.clone();
        if self.rows != rows {
            wrong.push(format!(
                "the output has {} lines for {rows} rows",
                self.rows
            ));
        }
        if self.twice > most_twice {
            wrong.push(format!(
                "{} rows were made twice, and {most_twice} may",
                self.twice
            ));
        }
        match wrong.first() {
            None => Ok(()),
            Some(first) => Err(Error::Unproved(format!("{first} ({} such)", wrong.len()))),
        }
    }
}

/// How many whole lines a file has.
pub(super) fn lines(path: &Path) -> u64 {
    let Ok(mut file) = File::open(path) else {
        return 0;
    };
    let mut buffer = vec![0; 1 << 16];
    let mut lines = 0;
    while let Ok(count @ 1..) = file.read(&mut buffer) {
        let ends = buffer[..count].iter().filter(|byte| **byte == b'\n');
        lines += ends.count() as u64;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(lines: &[&str]) -> Account {
        let links = HashMap::from([("row 1", vec!["a", "b"]), ("row 2", vec!["c"])]);
        let mut account = Account::default();
        for line in lines {
            account.rows += 1;
            account.twice += account.line(line, account.rows, &links);
        }
        account
    }

    const GOOD: [&str; 2] = [
        r#"{"line":2,"row":1,"ok":true,"id":"b"}"#,
        r#"{"line":3,"row":2,"ok":false,"error":{"kind":"timeout"}}"#,
    ];

    #[test]
    fn a_lost_a_doubled_and_a_strange_row_are_each_caught() {
        assert!(account(&GOOD).check(2, 1).is_ok());
        assert!(account(&GOOD).check(3, 1).is_err(), "one is lost");
        assert!(account(&GOOD).check(2, 0).is_err(), "one is made twice");
        assert!(account(&[GOOD[0], GOOD[0]]).check(2, 1).is_err());
        assert!(account(&[GOOD[1], GOOD[0]]).check(2, 1).is_err());
        let strange = GOOD[0].replace("\"b\"", "\"x\"");
        assert!(account(&[&strange, GOOD[1]]).check(2, 1).is_err());
        assert!(account(&[GOOD[0], ""]).check(2, 1).is_err());
    }
}
