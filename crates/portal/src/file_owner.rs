use std::fs::Metadata;

/// Returns the owner of a file if it is neither this process's user nor root. Such an owner could
/// change the file at any time.
#[cfg(unix)]
pub(crate) fn foreign_owner(metadata: &Metadata) -> Option<u32> {
    let owner = std::os::unix::fs::MetadataExt::uid(metadata);
    let user = rustix::process::geteuid().as_raw();
    (!is_trusted(owner, user)).then_some(owner)
}

/// Windows protects a user's folder from other users by default.
#[cfg(not(unix))]
pub(crate) fn foreign_owner(_: &Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn is_trusted(owner: u32, user: u32) -> bool {
    owner == user || owner == 0
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_trusted_if_the_user_or_root_owns_it() {
        for (owner, user, expected) in [
            (1000, 1000, true),
            (0, 1000, true),
            (0, 0, true),
            (1001, 1000, false),
            (1000, 0, false),
        ] {
            assert_eq!(is_trusted(owner, user), expected, "{owner} {user}");
        }
    }
}
