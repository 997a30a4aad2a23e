use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::output::output_line::LineBytes;

/// No more rows start while this many lines wait for the stream's reader: their links are lost if the
/// reader goes away.
const MAX_QUEUED_LINES: u64 = 16;

/// No more rows start while finished lines of this many bytes wait for an earlier row.
const MAX_HELD_BYTES: usize = 8 << 20;

/// A stream that a run writes its lines to, such as stdout; no later run can resume it.
///
/// A thread writes the lines, because a slow reader blocks it, and calls in flight must not wait for that.
pub struct StreamOutput {
    queue: Sender<StreamLine>,
    /// For each written line, whether it has a link.
    written: UnboundedReceiver<io::Result<bool>>,
    /// `None` for an unordered stream.
    held: Option<HeldLines>,
    /// How many lines are in the queue.
    queued: u64,
    /// How many lines, and how many links, were written and flushed.
    lines: u64,
    links: u64,
    is_broken: bool,
    /// Rows that ended without a result.
    pub(crate) undone: BTreeSet<u64>,
}

struct StreamLine {
    bytes: LineBytes,
    has_link: bool,
}

/// The lines of finished rows that wait for the line of an earlier row.
struct HeldLines {
    next_row: u64,
    lines: BTreeMap<u64, StreamLine>,
    bytes: usize,
}

impl StreamOutput {
    /// Creates an output whose lines keep the input's order, or the order in which rows finish if it is
    /// unordered.
    pub fn new(stream: impl Write + Send + 'static, is_unordered: bool) -> Self {
        let (queue, lines) = channel();
        let (report, written) = unbounded_channel();
        // The thread ends with an error, or when the output is dropped.
        std::thread::spawn(move || write_lines(stream, &lines, &report));
        let held = HeldLines {
            next_row: 1,
            lines: BTreeMap::new(),
            bytes: 0,
        };
        Self {
            queue,
            written,
            held: (!is_unordered).then_some(held),
            queued: 0,
            lines: 0,
            links: 0,
            is_broken: false,
            undone: BTreeSet::new(),
        }
    }

    /// Writes a row's line, after the lines of all earlier rows if the stream is ordered.
    pub(crate) fn put(&mut self, row: u64, bytes: LineBytes, has_link: bool) {
        let line = StreamLine { bytes, has_link };
        let Some(held) = &mut self.held else {
            return self.queue(line);
        };
        held.bytes += line.bytes.len();
        held.lines.insert(row, line);
        while let Some(line) = self.held.as_mut().and_then(HeldLines::take_next) {
            self.queue(line);
        }
    }

    /// Writes all lines until `abandoned` returns, and returns the error of the first that cannot be
    /// written. No earlier row will finish any more, so the held lines are written too.
    pub(crate) async fn drain(&mut self, abandoned: impl Future<Output = ()>) -> Option<io::Error> {
        let lines = self.held.take().map(|held| held.lines);
        for line in lines.into_iter().flat_map(BTreeMap::into_values) {
            self.queue(line);
        }
        let mut abandoned = std::pin::pin!(abandoned);
        while !self.is_drained() {
            tokio::select! {
                written = self.line_written() => if let Err(error) = written {
                    return Some(error);
                },
                () = &mut abandoned => break,
            }
        }
        None
    }

    /// Waits until the next line of the queue is written; without one it waits for ever.
    pub(crate) async fn line_written(&mut self) -> io::Result<()> {
        if self.is_drained() {
            return std::future::pending().await;
        }
        let written = self.written.recv().await;
        match written.unwrap_or_else(|| Err(io::Error::other("the thread that writes stopped"))) {
            Ok(has_link) => {
                self.queued -= 1;
                self.lines += 1;
                self.links += u64::from(has_link);
                Ok(())
            }
            Err(error) => {
                self.is_broken = true;
                Err(error)
            }
        }
    }

    /// Returns whether no more lines are going to be written.
    fn is_drained(&self) -> bool {
        self.queued == 0 || self.is_broken
    }

    /// Returns whether another row may start; `is_idle` if none is in flight.
    pub(crate) fn has_room(&self, is_idle: bool) -> bool {
        let held = self.held.as_ref().map_or(0, |held| held.bytes);
        self.queued < MAX_QUEUED_LINES && (is_idle || held < MAX_HELD_BYTES)
    }

    /// Returns how many lines, and how many links, were written.
    pub(crate) fn written(&self) -> (u64, u64) {
        (self.lines, self.links)
    }

    fn queue(&mut self, line: StreamLine) {
        self.queued += 1;
        // Fails if the thread ended, which `line_written` reports.
        let _ = self.queue.send(line);
    }
}

impl HeldLines {
    fn take_next(&mut self) -> Option<StreamLine> {
        let line = self.lines.remove(&self.next_row)?;
        self.next_row += 1;
        self.bytes -= line.bytes.len();
        Some(line)
    }
}

/// Writes and flushes each line, and reports it.
fn write_lines(
    mut stream: impl Write,
    lines: &Receiver<StreamLine>,
    report: &UnboundedSender<io::Result<bool>>,
) {
    for line in lines {
        let outcome = stream.write_all(&line.bytes).and_then(|()| stream.flush());
        let is_over = outcome.is_err();
        if report.send(outcome.map(|()| line.has_link)).is_err() || is_over {
            return;
        }
    }
}

impl fmt::Debug for StreamOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamOutput")
            .field("lines", &self.lines)
            .field("queued", &self.queued)
            .finish_non_exhaustive()
    }
}
