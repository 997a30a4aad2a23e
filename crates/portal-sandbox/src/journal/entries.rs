use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::known_values::KnownValues;
use super::redactor::{self, JournalRedactor};
use crate::providers::info::ProviderInfo;

/// The provider requests that arrived, including refused ones, and the webhooks that were sent, oldest first.
///
/// It contains requests only, since an answer contains a portal URL, which is a login. It is kept in memory, since a
/// developer needs only the latest calls.
#[derive(Default)]
pub(crate) struct Journal {
    /// The sandbox's own secrets.
    own_secrets: KnownValues,
    /// Secrets and personal values of earlier requests and answers.
    earlier_values: Mutex<KnownValues>,
    entries: Mutex<Entries>,
}

/// The direction of a request.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    /// From a client to the provider.
    In,
    /// From the provider to a webhook's receiver.
    Out,
}

/// One request as it was received or sent, masked.
#[derive(Clone, Serialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) direction: Direction,
    pub(crate) provider: &'static ProviderInfo,
    pub(crate) method: String,
    pub(crate) path: String,
    /// `None` until the answer, and always if the client disconnected before or the receiver did not answer in time.
    pub(crate) status: Option<u16>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
    #[serde(skip)]
    size: usize,
}

/// Identifies an entry, to complete it with the answer's status.
#[derive(Clone, Copy)]
pub(crate) struct EntryId(u64);

#[derive(Default)]
struct Entries {
    list: VecDeque<Entry>,
    /// How many entries were dropped from the front, which is the first entry's id.
    dropped: u64,
    size: usize,
}

/// Old entries are dropped beyond either limit: a thousand bodies of 1 MiB must not fill the memory.
const MAX_ENTRIES: usize = 1000;
const MAX_BYTES: usize = 16 << 20;

impl Journal {
    /// Creates a journal that masks the sandbox's own secrets.
    pub(crate) fn new(secrets: &[String]) -> Self {
        let mut own_secrets = KnownValues::default();
        secrets
            .iter()
            .for_each(|secret| own_secrets.add_secret(secret));
        Self {
            own_secrets,
            ..Self::default()
        }
    }

    /// Masks a secret, such as a new link's token, from now on.
    pub(crate) fn add_secret(&self, secret: &str) {
        self.earlier_values().add_secret(secret);
    }

    /// Records a request before it is handled, so that it is recorded even if its client disconnects.
    pub(crate) fn open(
        &self,
        at: Timestamp,
        provider: &'static ProviderInfo,
        direction: Direction,
        request: &Parts,
        body: &[u8],
    ) -> EntryId {
        let mut credentials = KnownValues::default();
        redactor::add_credentials(&mut credentials, &request.headers);
        let mut earlier_values = self.earlier_values();
        redactor::add_personal_values(&mut earlier_values, body);
        let known = [&self.own_secrets, &*earlier_values, &credentials];
        let redactor = JournalRedactor::new(&known);
        let entry = Entry {
            at,
            direction,
            provider,
            method: request.method.to_string(),
            path: redactor.text(request.uri.path()),
            status: None,
            headers: masked_headers(&request.headers, &redactor),
            body: redactor.body(body),
            size: body.len(),
        };
        drop(earlier_values);
        let mut entries = self.lock();
        entries.size += entry.size;
        entries.list.push_back(entry);
        while entries.list.len() > MAX_ENTRIES || entries.size > MAX_BYTES {
            let oldest = entries
                .list
                .pop_front()
                .expect("an empty journal is within its bounds");
            entries.size -= oldest.size;
            entries.dropped += 1;
        }
        EntryId(entries.dropped + entries.list.len() as u64 - 1)
    }

    /// Completes an entry, unless it was dropped or cleared meanwhile.
    pub(crate) fn close(&self, id: EntryId, status: StatusCode) {
        let mut entries = self.lock();
        let index =
            id.0.checked_sub(entries.dropped)
                .and_then(|index| usize::try_from(index).ok());
        if let Some(entry) = index.and_then(|index| entries.list.get_mut(index)) {
            entry.status = Some(status.as_u16());
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.lock().list.iter().cloned().collect()
    }

    /// Returns the newest entries, newest first.
    pub(crate) fn latest(&self, count: usize) -> Vec<Entry> {
        self.lock().list.iter().rev().take(count).cloned().collect()
    }

    pub(crate) fn clear(&self) {
        let mut entries = self.lock();
        entries.dropped += entries.list.len() as u64;
        entries.list.clear();
        entries.size = 0;
    }

    fn earlier_values(&self) -> MutexGuard<'_, KnownValues> {
        self.earlier_values
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("entries", &self.lock().list.len())
            .finish_non_exhaustive()
    }
}

fn masked_headers(headers: &HeaderMap, redactor: &JournalRedactor<'_>) -> BTreeMap<String, String> {
    let mut masked = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = redactor.header(name.as_str(), value.as_bytes());
        masked
            .entry(name.to_string())
            .and_modify(|values| {
                values.push_str(", ");
                values.push_str(&value);
            })
            .or_insert(value);
    }
    masked
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::providers::kwik::info::KWIK;

    fn record(journal: &Journal, body: &[u8]) -> EntryId {
        let (parts, ()) = Request::post("/2.0/customer-portal/link")
            .body(())
            .unwrap()
            .into_parts();
        journal.open(Timestamp::UNIX_EPOCH, &KWIK, Direction::In, &parts, body)
    }

    #[test]
    fn old_entries_are_dropped_beyond_a_thousand() {
        let journal = Journal::default();
        for number in 0..=MAX_ENTRIES {
            record(&journal, number.to_string().as_bytes());
        }
        let entries = journal.entries();
        assert_eq!(entries.len(), MAX_ENTRIES);
        assert_eq!(
            (&entries[0].body, &entries[MAX_ENTRIES - 1].body),
            (&Value::from(1), &Value::from(MAX_ENTRIES))
        );
    }

    #[test]
    fn large_bodies_do_not_fill_the_memory() {
        let journal = Journal::default();
        // The received size counts, although only a part of it is stored.
        let body = " ".repeat((1 << 20) - 1) + "1";
        for _ in 0..20 {
            record(&journal, body.as_bytes());
        }
        assert_eq!(journal.entries().len(), 16);
    }

    #[test]
    fn a_status_completes_its_own_entry_and_none_after_a_reset() {
        let journal = Journal::default();
        let (first, second) = (record(&journal, b"1"), record(&journal, b"2"));
        journal.close(second, StatusCode::OK);
        let statuses = |journal: &Journal| {
            journal
                .entries()
                .iter()
                .map(|entry| entry.status)
                .collect::<Vec<_>>()
        };
        assert_eq!(statuses(&journal), [None, Some(200)]);

        journal.clear();
        record(&journal, b"3");
        journal.close(first, StatusCode::OK);
        assert_eq!(statuses(&journal), [None]);
    }
}
