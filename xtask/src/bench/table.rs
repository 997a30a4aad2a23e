use std::fmt;

/// A table of Markdown; the first column is words, the others are figures.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<const N: usize>(head: [impl Into<String>; N]) -> Self {
        Self {
            head: head.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

/// A client's name as tables have it.
pub(super) fn name(client: &str) -> String {
    match client {
        "ours" => "**ours**".to_owned(),
        other => other.to_owned(),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| {} |", self.head.join(" | "))?;
        writeln!(f, "|{}", "---|".repeat(self.head.len()))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(["who", "calls/s"]);
        table.row([name("ours"), "2".to_owned()]);
        table.row([name("raw"), "3".to_owned()]);
        let shown = "\n| who | calls/s |\n|---|---|\n| **ours** | 2 |\n| raw | 3 |\n";
        assert_eq!(table.to_string(), shown);
    }
}
