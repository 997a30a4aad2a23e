use std::collections::BTreeSet;

/// A compact set of row numbers, most of which are consecutive from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowSet {
    /// All rows from 1 up to this one are in the set.
    prefix: u64,
    beyond: BTreeSet<u64>,
}

impl RowSet {
    /// Adds a row. Returns `false` if the set already has it, and for row 0.
    pub(crate) fn insert(&mut self, row: u64) -> bool {
        if self.contains(row) {
            return false;
        }
        self.beyond.insert(row);
        while self.beyond.remove(&(self.prefix + 1)) {
            self.prefix += 1;
        }
        true
    }

    pub(crate) fn contains(&self, row: u64) -> bool {
        row <= self.prefix || self.beyond.contains(&row)
    }

    /// Returns the first missing row.
    pub(crate) fn first_missing(&self) -> u64 {
        self.prefix + 1
    }

    /// Returns the number of rows.
    pub(crate) fn count(&self) -> u64 {
        self.prefix + self.beyond.len() as u64
    }

    /// Returns how many rows up to this one are missing.
    pub(crate) fn missing_up_to(&self, row: u64) -> u64 {
        let beyond = self.beyond.range(..=row).count() as u64;
        row.saturating_sub(self.prefix).saturating_sub(beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_may_be_added_in_any_order() {
        let mut rows = RowSet::default();
        for row in [2, 5, 1, 3] {
            assert!(rows.insert(row) && !rows.insert(row));
        }
        assert_eq!((rows.first_missing(), rows.count()), (4, 4));
        assert!(rows.contains(3) && !rows.contains(4) && rows.contains(5));
        let missing: Vec<_> = (0..8).map(|row| rows.missing_up_to(row)).collect();
        assert_eq!(missing, [0, 0, 0, 0, 1, 1, 2, 3]);
        assert!(rows.insert(4));
        assert_eq!(rows.first_missing(), 6);
        assert!(rows.beyond.is_empty());
        assert!(!rows.insert(0));
    }
}
