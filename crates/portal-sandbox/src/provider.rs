use serde::Serialize;

/// Whose wire contract a request, a subscription or a link belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    OnlineApp,
    Kwik,
}

impl Provider {
    /// Tells from the path alone, so that a call to a path that the provider does not have is seen as well.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        if path.starts_with("/api/v1/") {
            Some(Self::OnlineApp)
        } else if path.starts_with("/2.0/") {
            Some(Self::Kwik)
        } else {
            None
        }
    }
}
