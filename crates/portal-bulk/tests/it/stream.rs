//! A run that writes to a stream, such as stdout.

use std::future::pending;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use portal_bulk::{RunEvent, StopReason, StopRequest, StreamOutput, Summary};

use crate::common::{Acme, RunFixture, customers};

/// A stream that keeps what was flushed, as its reader gets it.
#[derive(Clone, Debug, Default)]
struct Stream {
    unflushed: Vec<u8>,
    flushed: Arc<Mutex<Vec<u8>>>,
    /// Its reader goes away after this many lines.
    last: Option<usize>,
}

impl Stream {
    fn rows(&self) -> Vec<u64> {
        let text = String::from_utf8(self.flushed.lock().unwrap().clone()).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        let rows = text.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["row"].as_u64().unwrap()
        });
        rows.collect()
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.last.is_some_and(|last| self.rows().len() >= last) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.unflushed.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed.lock().unwrap().append(&mut self.unflushed);
        Ok(())
    }
}

/// Runs to the end.
fn run(fixture: &RunFixture, output: StreamOutput, acme: &Acme) -> Summary {
    let never = StopRequest::never();
    let summary = fixture.run_to(|| Ok(output), acme, never, &mut |_| {}, pending());
    summary.unwrap().unwrap()
}

#[test]
fn a_stream_keeps_the_inputs_order_or_the_order_in_which_rows_finish() {
    for unordered in [false, true] {
        let fixture = RunFixture::for_customers(customers(200));
        let acme = Acme {
            yields: vec![9, 0, 3, 1, 30],
            ..Acme::default()
        };
        let stream = Stream::default();
        let output = StreamOutput::new(stream.clone(), unordered);
        let summary = run(&fixture, output, &acme);
        assert_eq!((summary.counts.links, summary.unwritten), (200, 0));
        let mut rows = stream.rows();
        assert_eq!(rows.is_sorted(), !unordered);
        rows.sort_unstable();
        assert_eq!(rows, (1..=200).collect::<Vec<_>>());
        let files = std::fs::read_dir(fixture.folder.path()).unwrap();
        assert_eq!(files.count(), 0);
    }
}

#[test]
fn after_the_reader_has_gone_no_row_starts_and_the_lost_links_are_counted() {
    for unordered in [false, true] {
        let fixture = RunFixture::for_customers((1..=500).map(|row| match row % 5 {
            0 => format!("none_{row}"),
            _ => format!("c_{row}"),
        }));
        let acme = Acme {
            yields: vec![9, 0, 3, 1, 30],
            ..Acme::default()
        };
        let stream = Stream {
            last: Some(20),
            ..Stream::default()
        };
        let output = StreamOutput::new(stream.clone(), unordered);
        let summary = run(&fixture, output, &acme);
        let Some(StopReason::WriteFailed(error)) = &summary.stopped else {
            panic!("{summary:?}");
        };
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(stream.rows().len(), 20);
        // Every row that was sent is either written or counted.
        let sent = acme.call_count() as u64;
        assert_eq!((summary.counts.rows(), summary.in_flight), (sent, 0));
        assert_eq!(summary.unwritten, sent - 20);
        let links = stream.rows().iter().filter(|row| *row % 5 > 0).count() as u64;
        assert_eq!(summary.unwritten_links, summary.counts.links - links);
        // 16 lines in the queue and 4 rows in flight at most, and what waits for an earlier row.
        assert!(sent < 100, "{sent}");
    }
}

/// A stream whose reader reads nothing until calls have filled the queue.
struct StalledStream {
    acme: Arc<Acme>,
    /// How many calls were made before each line.
    calls: Arc<Mutex<Vec<usize>>>,
}

impl Write for StalledStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        while self.acme.call_count() < 16 {
            std::thread::yield_now();
        }
        // Time for calls that must not be made.
        (0..1000).for_each(|_| std::thread::yield_now());
        self.calls.lock().unwrap().push(self.acme.call_count());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_stalls_delays_rows_that_have_not_started_and_loses_none() {
    let fixture = RunFixture::for_customers(customers(60));
    let acme = Arc::new(Acme::default());
    let calls = Arc::new(Mutex::new(Vec::new()));
    let stream = StalledStream {
        acme: acme.clone(),
        calls: calls.clone(),
    };
    let summary = run(&fixture, StreamOutput::new(stream, false), &acme);
    assert_eq!((summary.counts.links, summary.unwritten), (60, 0));
    let calls = calls.lock().unwrap();
    assert_eq!(calls.len(), 60);
    for (written, calls) in calls.iter().enumerate() {
        // The queue takes 16 lines, and 4 rows may be in flight when it is full.
        assert!(*calls <= written + 16 + 4, "{calls} after {written} lines");
    }
}

#[test]
fn finished_rows_are_written_when_the_row_before_them_is_abandoned() {
    // A paused clock does not wait for the thread that writes.
    let fixture = RunFixture {
        has_paused_clock: false,
        ..RunFixture::for_customers(customers(20))
    };
    let acme = Acme {
        fatal: Some("c_3"),
        ..Acme::default()
    };
    let stream = Stream::default();
    let (request_stop, stop) = StopRequest::new();
    let output = StreamOutput::new(stream.clone(), false);
    let mut on_event = |event: RunEvent<'_>| {
        if let RunEvent::RowDone { counts, .. } = event
            && counts.rows() == 19
        {
            request_stop();
            request_stop();
        }
    };
    let summary = fixture.run_to(|| Ok(output), &acme, stop, &mut on_event, pending());
    let summary = summary.unwrap().unwrap();
    assert!(matches!(summary.stopped, Some(StopReason::Interrupted)));
    assert_eq!(
        (summary.counts.links, summary.in_flight, summary.unwritten),
        (19, 1, 0)
    );
    let expected: Vec<_> = (1..=20).filter(|row| *row != 3).collect();
    assert_eq!(stream.rows(), expected);
}
