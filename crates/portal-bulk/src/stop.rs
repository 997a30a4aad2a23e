use tokio::sync::watch;

/// Asks a run to stop: the first request lets rows in flight finish, the second abandons them.
#[derive(Clone, Debug)]
pub struct StopRequest(watch::Receiver<u8>);

impl StopRequest {
    /// Returns a function that makes one request, and the receiver for the run.
    pub fn new() -> (impl Fn() + Send + 'static, Self) {
        let (sender, receiver) = watch::channel(0_u8);
        let request = move || sender.send_modify(|count: &mut u8| *count = count.saturating_add(1));
        (request, Self(receiver))
    }

    /// Returns a receiver that never gets a request.
    #[must_use]
    pub fn never() -> Self {
        Self::new().1
    }

    /// Waits until this many requests were made.
    pub(crate) async fn wait_for(&mut self, requests: u8) {
        if self.0.wait_for(|count| *count >= requests).await.is_err() {
            // The sender is dropped, so no more requests can come.
            std::future::pending::<()>().await;
        }
    }
}
