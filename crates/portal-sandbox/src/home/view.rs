use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;
use rusqlite::Transaction;

use super::commands::{self, Command};
use super::controls::Controls;
use crate::journal::{Direction, Entry};
use crate::providers::PROVIDERS;
use crate::providers::definition::DemoLinks;
use crate::store::Result;
use crate::{Dialect, SandboxInfo};

/// The home page.
#[derive(Template)]
#[template(path = "home/home.html")]
pub(super) struct Home {
    version: &'static str,
    on_file: bool,
    now: String,
    url: String,
    accounts: Vec<Account>,
    commands: [Command; 4],
    csrf: String,
    demo_links: Vec<DemoLinks>,
    controls: Option<Controls>,
    calls: Vec<CallView>,
}

/// A provider's credentials and facts, as labels and values.
struct Account {
    id: &'static str,
    name: &'static str,
    settings: Vec<(String, String)>,
    facts: Vec<(&'static str, String)>,
}

/// The home page's data that are not in the database.
pub(super) struct Context {
    pub(super) info: SandboxInfo,
    pub(super) dialect: Dialect,
    pub(super) now: Timestamp,
    pub(super) csrf: String,
    pub(super) controls: Option<Controls>,
    pub(super) calls: Vec<CallView>,
}

/// A provider request or a webhook.
pub(super) struct CallView {
    at: String,
    sender: String,
    method: String,
    path: String,
    /// `None` until the answer, and always if the client disconnected before.
    status: Option<u16>,
    good: bool,
    /// Headers and body, with secrets masked.
    text: String,
}

/// The page with only the newest calls.
#[derive(Template)]
#[template(path = "home/journal.html")]
pub(super) struct JournalPage {
    pub(super) live: bool,
    pub(super) calls: Vec<CallView>,
}

/// The page of a new link. Its URL is a login, so it has no Debug.
#[derive(Template)]
#[template(path = "home/link_created.html")]
pub(super) struct LinkCreated {
    pub(super) url: String,
}

/// The page for a refused or failed action.
#[derive(Template)]
#[template(path = "home/refusal.html")]
pub(super) struct Refusal {
    heading: &'static str,
    explanation: &'static str,
    /// The status and the body that a client would get.
    answer: Option<(String, String)>,
}

impl Home {
    pub(super) fn load(tx: &Transaction<'_>, context: Context) -> Result<Self> {
        let Context { info, dialect, .. } = context;
        let demo_links = PROVIDERS.iter().map(|provider| (provider.demo_links)(tx));
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            on_file: tx.path().is_some_and(|path| !path.is_empty()),
            now: context.now.strftime("%-d %B %Y, %H:%M:%S UTC").to_string(),
            url: info.url().to_owned(),
            accounts: accounts(&info, dialect),
            commands: commands::list_all(&info),
            csrf: context.csrf,
            demo_links: demo_links.collect::<Result<_>>()?,
            controls: context.controls,
            calls: context.calls,
        })
    }
}

fn accounts(info: &SandboxInfo, dialect: Dialect) -> Vec<Account> {
    let accounts = info.accounts().iter().zip(PROVIDERS);
    let accounts = accounts.map(|(account, provider)| Account {
        id: account.provider(),
        name: account.name(),
        settings: account
            .settings()
            .iter()
            .map(|(name, value)| (label(name), value.clone()))
            .collect(),
        facts: (provider.facts)(dialect),
    });
    accounts.collect()
}

/// Formats a setting's name for the page: `API key` for `api_key`, `Paywall` for `paywall_id`.
fn label(setting: &str) -> String {
    let words = setting.trim_end_matches("_id").split('_');
    let words = words.enumerate().map(|(index, word)| match word {
        "api" | "url" => word.to_uppercase(),
        _ if index == 0 => word[..1].to_uppercase() + &word[1..],
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

impl Refusal {
    pub(super) fn without_answer(heading: &'static str, explanation: &'static str) -> Self {
        Self {
            heading,
            explanation,
            answer: None,
        }
    }

    pub(super) fn with_answer(
        heading: &'static str,
        explanation: &'static str,
        status: StatusCode,
        body: String,
    ) -> Self {
        Self {
            heading,
            explanation,
            answer: Some((status.to_string(), body)),
        }
    }
}

/// Formats journal entries for the page, in their order.
pub(super) fn calls(entries: &[Entry]) -> Vec<CallView> {
    entries
        .iter()
        .map(|entry| CallView {
            at: entry.at.strftime("%H:%M:%S").to_string(),
            sender: match entry.direction {
                Direction::In => entry.provider.name.to_owned(),
                Direction::Out => format!("{}’s webhook", entry.provider.name),
            },
            method: entry.method.clone(),
            path: entry.path.clone(),
            status: entry.status,
            good: entry.status.is_some_and(|status| status < 300),
            text: text(entry),
        })
        .collect()
}

fn text(entry: &Entry) -> String {
    let mut text: String = entry
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    text.push('\n');
    text.push_str(&match &entry.body {
        serde_json::Value::String(raw) => raw.clone(),
        body => format!("{body:#}"),
    });
    text.trim_end().to_owned()
}
