use tokio::sync::watch;

/// How a run hears that it shall end: first gently, then at once.
#[derive(Clone, Debug)]
pub struct StopRequest(watch::Receiver<u8>);

impl StopRequest {
    /// Returns the two ends: each call of the first asks more firmly.
    pub fn new() -> (impl Fn() + Send + 'static, Self) {
        let (sender, receiver) = watch::channel(0_u8);
        let ask = move || sender.send_modify(|asked: &mut u8| *asked = asked.saturating_add(1));
        (ask, Self(receiver))
    }

    /// Returns one that nobody asks.
    #[must_use]
    pub fn never() -> Self {
        Self::new().1
    }

    /// Waits until somebody has asked so often.
    pub(crate) async fn asked(&mut self, times: u8) {
        if self.0.wait_for(|asked| *asked >= times).await.is_err() {
            // Nobody is left who could ask.
            std::future::pending::<()>().await;
        }
    }
}
