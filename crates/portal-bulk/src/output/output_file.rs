use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};

use crate::output::output_line::LineBytes;
use crate::output::reorder_buffer::Held;

/// How many finished rows may wait for an earlier one, before no more are begun.
const MOST_WAITING: usize = 4096;

/// How much may stand in their file, in bytes, before no more rows are begun until it is empty.
const MOST_HELD: u64 = 8 << 20;

/// The output: each line written whole, in one go.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) file: File,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) order: Option<InOrder>,
}

/// What an output in the input's order needs.
#[derive(Debug)]
pub(crate) struct InOrder {
    /// The row whose line comes next.
    pub(crate) next: u64,
    pub(crate) waiting: BTreeMap<u64, LineBytes>,
    pub(crate) held: Held,
}

impl Output {
    /// Takes a row's line, and writes it when its turn has come.
    pub(crate) fn put(&mut self, row: u64, line: LineBytes) -> io::Result<()> {
        match &mut self.order {
            Some(order) if order.next != row => {
                order.held.append(&line)?;
                order.waiting.insert(row, line);
                Ok(())
            }
            _ => {
                self.write(&line)?;
                self.release()
            }
        }
    }

    /// Writes all lines whose turn has come.
    pub(crate) fn release(&mut self) -> io::Result<()> {
        while let Some(order) = &mut self.order
            && let Some(line) = order.waiting.remove(&order.next)
        {
            self.write(&line)?;
        }
        match &mut self.order {
            Some(order) if order.waiting.is_empty() => order.held.clear(),
            _ => Ok(()),
        }
    }

    /// Says whether another row may begin: memory and files stay small.
    pub(crate) fn has_room(&self) -> bool {
        self.order.as_ref().is_none_or(|order| {
            order.waiting.len() < MOST_WAITING && order.held.length() < MOST_HELD
        })
    }

    pub(crate) fn waiting(&self) -> u64 {
        self.order
            .as_ref()
            .map_or(0, |order| order.waiting.len() as u64)
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line)?;
        self.lines += 1;
        self.bytes += line.len() as u64;
        if let Some(order) = &mut self.order {
            order.next += 1;
        }
        Ok(())
    }
}
