//! Generates the traces of an incident in a shop of fifteen services, from a seed.
//!
//! In the last third of the time one thing changes, and only what depends on it suffers. An analysis of the traces
//! should find that thing: [`Culprit`] describes it.

mod random;
mod shop;
mod visit;

use random::Random;
use shop::{INSTANCES, ROUTES, TENANTS};
use visit::Visits;

/// The kind of incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A new version of a service waits for a lock, and a quarter of its requests fail.
    Release,
    /// A tenant's requests fail.
    Tenant,
    /// One instance of a service has no connections left.
    Instance,
    /// An external service or a database takes seconds.
    Dependency,
    /// A table of DynamoDB refuses most calls.
    Table,
}

/// The cause of an incident, and how it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Culprit {
    /// The facets of the analysis that show it first: `annotation.version`, `node`, `instance`.
    pub facets: &'static [&'static str],
    /// Its value: for a version, only the version.
    pub value: String,
    /// The filter for the affected traces.
    pub filter: &'static str,
    /// The message of the deepest failure; none if it is only slow.
    pub reason: Option<&'static str>,
    kind: Kind,
    /// The service, database or table in which it happens.
    pub place: &'static str,
}

/// An incident: the same seed and time give the same traces.
#[derive(Debug)]
pub struct Incident {
    /// What went wrong.
    pub culprit: Culprit,
    random: Random,
    end: f64,
    seconds: f64,
}

impl Incident {
    /// All kinds.
    pub const KINDS: [Kind; 5] = [
        Kind::Release,
        Kind::Tenant,
        Kind::Instance,
        Kind::Dependency,
        Kind::Table,
    ];

    /// Plans an incident whose traces lie in the `seconds` before `end`, in seconds since 1970.
    pub fn new(kind: Kind, seed: u64, end: f64, seconds: f64) -> Self {
        let mut random = Random::new(seed);
        Self {
            culprit: Culprit::of(kind, &mut random),
            random,
            end,
            seconds,
        }
    }

    /// Makes the documents of `count` traces, as a list for each; the traces are spread evenly over the time, the
    /// oldest first.
    pub fn traces(mut self, count: usize) -> impl Iterator<Item = Vec<String>> {
        (0..count).map(move |number| {
            #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
            let share = number as f64 / count as f64;
            let start = self.end - self.seconds * (1.0 - share) - 6.0;
            let route = self.random.weighted(&ROUTES, |route| route.weight);
            let mut visits = Visits::new(&self.culprit, share > 2.0 / 3.0, &mut self.random);
            visits.request(number, start, route);
            visits.documents
        })
    }
}

impl Culprit {
    fn of(kind: Kind, random: &mut Random) -> Self {
        let mut one = |places: &[&'static str]| *random.one(places);
        let culprit = |facets, value: String, filter, reason, place| Self {
            facets,
            value,
            filter,
            reason,
            kind,
            place,
        };
        match kind {
            Kind::Release => culprit(
                &["annotation.version", "version"],
                "2.15.0".to_owned(),
                "fault",
                Some("LockTimeout: could not reserve stock in time"),
                one(&["inventory-api", "pricing", "cart"]),
            ),
            Kind::Tenant => culprit(
                &["annotation.tenant"],
                one(&TENANTS).to_owned(),
                "fault",
                Some("TenantNotFound: no settings for this tenant"),
                one(&["web"]),
            ),
            Kind::Instance => {
                let place = one(&["web", "catalog", "checkout"]);
                culprit(
                    &["instance"],
                    shop::instance(place, random.below(INSTANCES)),
                    "fault",
                    Some("PoolExhausted: no connection within 1 s"),
                    place,
                )
            }
            Kind::Dependency => {
                let place = one(&["payments.example.com", "inventory-db", "orders-db"]);
                culprit(&["node"], place.to_owned(), "responsetime > 2", None, place)
            }
            Kind::Table => {
                let place = one(&["profiles", "carts"]);
                let reason = "ProvisionedThroughputExceededException: the table is busy";
                culprit(&["node"], place.to_owned(), "throttle", Some(reason), place)
            }
        }
    }
}
