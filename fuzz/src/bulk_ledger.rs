use std::path::Path;

use portal_bulk::{BulkError, Format, LedgerState, RunFingerprint};
use sha2::{Digest, Sha256};

/// Reads the bytes as a ledger, and as the records of a ledger with valid checksums.
pub fn check(data: &[u8]) {
    // `read` checks the error of a refused ledger.
    let _ = read(data);
    let mut ledger = Vec::new();
    let mut running_hash = [0; 32];
    for fact in data.split(|byte| *byte == b'\n') {
        let mut hash = Sha256::new();
        hash.update(running_hash);
        hash.update((fact.len() as u64).to_le_bytes());
        hash.update(fact);
        running_hash = hash.finalize().into();
        ledger.extend_from_slice(fact);
        let check = &running_hash[..4];
        ledger.push(b' ');
        ledger.extend(
            check
                .iter()
                .flat_map(|byte| format!("{byte:02x}").into_bytes()),
        );
        ledger.push(b'\n');
    }
    let whole = read(&ledger);
    // A cut of a valid ledger is valid, or it is refused for another account: where all rows are
    // recorded as undone, the cut can remove such a record.
    ledger.truncate(ledger.len() / 2);
    if let (Ok(_), Err(error)) = (whole, read(&ledger)) {
        assert!(error.contains("another account"), "{error}");
    }
}

fn read(data: &[u8]) -> Result<LedgerState, String> {
    let fingerprint = RunFingerprint::new("acme", Format::Csv, false, false, "target");
    match LedgerState::read(data, Path::new("x.ledger"), &fingerprint) {
        Ok(state) => Ok(state),
        Err(BulkError::Refused(error)) => {
            assert_eq!(error.field(), Some("ledger"));
            assert!(
                error.hint().is_some() && error.message().contains("`x.ledger`"),
                "{error}"
            );
            Err(error.to_string())
        }
        Err(other) => panic!("bytes in memory can be read: {other}"),
    }
}
