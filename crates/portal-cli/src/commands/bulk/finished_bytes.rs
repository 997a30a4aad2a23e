use portal_bulk::RowPosition;

/// Estimates how many bytes of the input belong to finished rows.
///
/// Rows finish out of order, and earlier runs finished some. So the share of finished rows, up to the last
/// one that finished, is applied to the bytes up to that row.
#[derive(Debug, Default)]
pub(super) struct FinishedBytes {
    /// The last row that finished, and where it ends.
    last: (u64, u64),
    rows: u64,
}

impl FinishedBytes {
    /// Records a finished row, and the number of all finished rows.
    pub(super) fn record(&mut self, position: RowPosition, rows: u64) {
        self.last = self.last.max((position.row, position.end));
        self.rows = rows;
    }

    pub(super) fn bytes(&self) -> u64 {
        let (row, end) = self.last;
        if self.rows >= row {
            return end;
        }
        (end as f64 / row as f64 * self.rows as f64) as u64
    }

    /// Estimates the number of unfinished rows of an input with this length.
    pub(super) fn rows_left(&self, length: u64) -> f64 {
        let (row, end) = self.last;
        let rows = length as f64 * row as f64 / end.max(1) as f64;
        (rows - self.rows as f64).max(0.0)
    }
}
