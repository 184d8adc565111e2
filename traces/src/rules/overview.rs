//! The page's view of the rules: `GET /sampling`.

use segment::Time;
use serde::Serialize;

use super::{
    Clients, INTERVAL, Record, Rule, Rules, Statistics,
    clients::QUOTA_TTL,
    statistics::{COLUMN, KEPT},
};

/// All rules, with services' reports and clients.
///
/// Rules have the form of the X-Ray API, so that a changed one can be sent back. Times are seconds since 1970.
#[derive(Debug, Serialize)]
pub struct Overview<'r> {
    at: f64,
    /// The width of a column.
    column_seconds: u64,
    /// How long columns and clients are kept.
    kept_seconds: u64,
    /// The interval at which clients are told to ask.
    interval_seconds: u32,
    /// How long a quota is valid.
    quota_seconds: u64,
    last_modification: f64,
    /// In the order in which they are tried.
    rules: Vec<RuleOverview<'r>>,
}

#[derive(Debug, Serialize)]
struct RuleOverview<'r> {
    rule: &'r Rule,
    created: f64,
    modified: f64,
    /// The oldest first; those without reports are left out.
    columns: Vec<Column>,
    /// The latest first.
    clients: Vec<ClientOverview<'r>>,
}

#[derive(Debug, Serialize)]
struct Column {
    at: u64,
    matched: u64,
    /// Including borrowed ones.
    sampled: u64,
    borrowed: u64,
}

#[derive(Debug, Serialize)]
struct ClientOverview<'r> {
    id: &'r str,
    last_asked: f64,
    /// Requests a second.
    quota: u32,
}

impl<'r> Overview<'r> {
    /// Describes the rules as they are now.
    pub fn of(rules: &'r Rules, now: Time) -> Self {
        let rule = |record: &'r Record| RuleOverview {
            rule: &record.rule,
            created: record.created.as_seconds(),
            modified: record.modified.as_seconds(),
            columns: columns(&record.statistics, now),
            clients: clients(&record.clients, now),
        };
        Self {
            at: now.as_seconds(),
            column_seconds: COLUMN,
            kept_seconds: KEPT,
            interval_seconds: INTERVAL,
            quota_seconds: QUOTA_TTL.as_secs(),
            last_modification: rules.last_modification.as_seconds(),
            rules: rules.all().map(rule).collect(),
        }
    }
}

fn columns(statistics: &Statistics, now: Time) -> Vec<Column> {
    let column = |(at, reported): (u64, super::Reported)| Column {
        at,
        matched: reported.request_count,
        sampled: reported.sampled_count,
        borrowed: reported.borrow_count,
    };
    statistics.columns(now).map(column).collect()
}

fn clients(clients: &Clients, now: Time) -> Vec<ClientOverview<'_>> {
    let clients = clients.recent(now).into_iter();
    clients
        .map(|(id, client)| ClientOverview {
            id,
            last_asked: client.last_asked.as_seconds(),
            quota: client.share(now),
        })
        .collect()
}
