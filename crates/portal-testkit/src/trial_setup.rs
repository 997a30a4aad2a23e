use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use portal_core::{
    Adapter, Answer, BaseUrl, Call, Capabilities, Field, LinkRequest, PortalLink, Redactor, Result,
    Support, link_call,
};
use portal_http::Options;
use tokio::runtime::Builder;

use crate::{Declaration, DocumentedAnswer, DocumentedOutcome, Server, Step, TestClock, answer};

/// A declaration, and functions that call its adapter.
pub(crate) struct TrialSetup<'a> {
    pub(crate) declaration: &'a Declaration,
}

/// The outcome of one call to a scripted server.
pub(crate) struct Exchange {
    pub(crate) result: Result<PortalLink>,
    pub(crate) requests: Vec<ReceivedRequest>,
    pub(crate) connections: usize,
    pub(crate) waits: Vec<Duration>,
    /// The engine's `Debug` output.
    pub(crate) engine: String,
}

/// A request as a server received it.
pub(crate) struct ReceivedRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The path of the API on the server; a request outside it is an escape.
pub(crate) const BASE: &str = "/below/here";

impl TrialSetup<'_> {
    pub(crate) fn adapter(&self) -> &dyn Adapter {
        &*self.declaration.adapter
    }

    pub(crate) fn capabilities(&self) -> &'static Capabilities {
        &self.adapter().info().capabilities
    }

    /// Returns the fields whose support by the provider `is_selected` accepts.
    pub(crate) fn fields(&self, is_selected: impl Fn(Support) -> bool) -> Vec<Field> {
        let fields = Field::ALL.iter().copied();
        fields
            .filter(|field| is_selected(self.capabilities().support(*field)))
            .collect()
    }

    /// Returns a request with the required fields, and the first of the fields of which one is required.
    pub(crate) fn minimal(&self) -> LinkRequest {
        let mut fields = self.required_fields();
        fields.extend(self.choices().first());
        self.declaration.request(&fields)
    }

    pub(crate) fn required_fields(&self) -> Vec<Field> {
        self.fields(|support| support == Support::Required)
    }

    /// Returns the fields of which at least one is required.
    pub(crate) fn choices(&self) -> Vec<Field> {
        self.fields(|support| support == Support::OneOf)
    }

    /// Returns the minimal request with `field` added, or with `field` as the only one of the choices.
    pub(crate) fn minimal_with(&self, field: Field) -> LinkRequest {
        let mut fields = self.required_fields();
        if self.capabilities().support(field) != Support::OneOf {
            fields.extend(self.choices().first());
        }
        fields.push(field);
        self.declaration.request(&fields)
    }

    /// Returns a request with every field that the provider does not refuse.
    pub(crate) fn full(&self) -> LinkRequest {
        let fields = self.fields(|support| support != Support::Unsupported);
        self.declaration.request(&fields)
    }

    pub(crate) fn call(&self, request: &LinkRequest) -> Result<Call<PortalLink>> {
        link_call(self.adapter(), request)
    }

    pub(crate) fn links(&self) -> impl Iterator<Item = &DocumentedAnswer> {
        self.answers(|outcome| matches!(outcome, DocumentedOutcome::Link(_)))
    }

    pub(crate) fn faults(&self) -> impl Iterator<Item = &DocumentedAnswer> {
        self.answers(|outcome| matches!(outcome, DocumentedOutcome::Fault(_)))
    }

    fn answers(
        &self,
        is_selected: fn(&DocumentedOutcome) -> bool,
    ) -> impl Iterator<Item = &DocumentedAnswer> {
        let answers = self.declaration.answers.iter();
        answers.filter(move |answer| is_selected(&answer.outcome))
    }

    /// Decodes a documented answer to the full request, with another body. The outer error means that the
    /// adapter panicked or encoded no request.
    pub(crate) fn read(
        &self,
        documented: &DocumentedAnswer,
        body: &str,
    ) -> Result<Result<PortalLink>, String> {
        self.read_from(documented, body, self.adapter().info().default_base_url)
    }

    /// As [`read`](TrialSetup::read), for an answer from the base URL `base`.
    pub(crate) fn read_from(
        &self,
        documented: &DocumentedAnswer,
        body: &str,
        base: &str,
    ) -> Result<Result<PortalLink>, String> {
        let to_text = |error: portal_core::Error| error.to_string();
        let request = self.full();
        let call = self.call(&request).map_err(to_text)?;
        let base: BaseUrl = base.parse().map_err(to_text)?;
        let content_type = HeaderValue::from_static(documented.content_type);
        let secrets = self.declaration.credential.secrets();
        let redactor = Redactor::new(secrets).with_fields(request.fields());
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]);
        let answer = Answer::new(
            documented.status.try_into().map_err(|_| "no HTTP status")?,
            &headers,
            body.as_bytes(),
            &base,
            &redactor,
        );
        catch_unwind(AssertUnwindSafe(|| call.decode(&answer))).map_err(|_| "panicked".to_owned())
    }

    /// Makes one call to a new server with that script.
    pub(crate) fn exchange(
        &self,
        request: &LinkRequest,
        script: impl IntoIterator<Item = Step>,
    ) -> Exchange {
        run(async {
            let clock = TestClock::default();
            let server = Server::start(&clock, script).await;
            self.call_server(&server, request, &clock).await
        })
    }

    /// Makes one call to this server.
    pub(crate) async fn call_server(
        &self,
        server: &Server,
        request: &LinkRequest,
        clock: &TestClock,
    ) -> Exchange {
        let base = format!("http://{}{BASE}", server.address);
        let mut options = Options::default();
        options.base_url = Some(base.parse().expect("a URL on loopback"));
        let engine = (self.declaration.engine)(self.declaration, options, clock.clone());
        let result = engine.create_link(request).await;
        Exchange {
            result,
            requests: server
                .requests()
                .iter()
                .map(|text| ReceivedRequest::read(text))
                .collect(),
            connections: server.connections(),
            waits: clock.waits(),
            engine: format!("{engine:?} {engine:#?}"),
        }
    }
}

impl ReceivedRequest {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (method, path) = (word(), word());
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            method,
            path,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header_names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }
}

/// Returns the server's step that sends a documented answer with this body.
pub(crate) fn step(documented: &DocumentedAnswer, body: &str) -> Step {
    let status = format!("{} Documented", documented.status);
    let content_type = format!("content-type: {}\r\n", documented.content_type);
    answer(&status, &content_type, body)
}

/// Returns a step that closes the connection inside the body of an answer.
pub(crate) fn truncated_answer() -> Step {
    Step::AnswerAndClose("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"".into())
}

/// Runs a future to its end on its own runtime.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime
        .expect("the system gives a runtime what it needs")
        .block_on(future)
}
