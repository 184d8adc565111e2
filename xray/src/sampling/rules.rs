//! Rules in the order in which they are tried.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use segment::{Time, Value};

use super::{
    FileRules, Service, SkippedRule, Subject,
    prefilter::Prefilters,
    record,
    rule::{ReadOnce, Rule},
    targets::{Quota, Report, Target},
    usage::{Outcome, Usage},
};

/// Most rules that are used; X-Ray's quota is far lower. Later ones are skipped, except for the last one.
pub const MAX_RULES: usize = 1_000;
/// How long X-Ray's rules are used if they cannot be updated: an hour, as in AWS's SDKs.
pub const RULES_TTL: Duration = Duration::from_secs(3_600);
/// The rule that X-Ray tries last.
const DEFAULT: &str = "Default";
/// The share that is sampled while no rules are known, beyond one request a second.
const FALLBACK_RATE: f64 = 0.05;

/// Sampling rules with their quotas and counts. Pure: time and chance are arguments.
///
/// The counts are shared with rules that were made from these. The default has no rules.
#[derive(Debug, Default)]
pub struct Rules {
    entries: Vec<Entry>,
    /// Beside them, so that rules that do not match are passed over without being touched.
    prefilters: Prefilters,
    used_until: Time,
}

/// One rule with its state.
#[derive(Debug, Clone)]
struct Entry {
    rule: Arc<Rule>,
    fixed_rate: f64,
    quota: Option<Quota>,
    usage: Arc<Usage>,
}

/// A rule's decision on a request.
///
/// `Display` writes the reason: `rule="Default"; reservoir=2/5; rate=0.05; through=reservoir`.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'r> {
    /// How the request was sampled, or that it was not.
    pub outcome: Outcome,
    entry: &'r Entry,
    quota: Option<u32>,
    second: u32,
}

impl Rules {
    fn new(entries: impl Iterator<Item = Entry>, used_until: Time) -> Self {
        let entries: Vec<_> = entries.collect();
        Self {
            prefilters: Prefilters::new(entries.iter().map(|entry| &entry.rule.criteria)),
            entries,
            used_until,
        }
    }

    /// Returns the rules for when none are known: one request a second is sampled, and 5 % of the others.
    pub fn fallback() -> Self {
        Self::of_file(&FileRules::default_only(1, FALLBACK_RATE))
    }

    /// Makes rules from a file. Their reservoirs belong to this process alone.
    pub fn of_file(file: &FileRules) -> Self {
        let entries = file.rules.iter().map(|rule| {
            let quota = Quota {
                requests: rule.reservoir_size,
                until: FOREVER,
            };
            Entry {
                quota: Some(quota),
                ..Entry::new(rule.clone())
            }
        });
        Self::new(entries, FOREVER)
    }

    /// Makes X-Ray's rules from the records of `GetSamplingRules`; also returns the rules that are invalid. Rules for
    /// other services than `service` are left out. The rules expire [`RULES_TTL`] after `now`.
    /// <https://docs.aws.amazon.com/xray/latest/api/API_GetSamplingRules.html>
    ///
    /// A rule that is as it was `before` keeps what its last target said, a changed one its quota until the next target,
    /// as in AWS's SDKs, unless it has no reservoir any more; every rule keeps its counts.
    pub fn of_records(
        records: &[Value<'_>],
        service: &Service,
        before: &Self,
        now: Time,
    ) -> (Self, Vec<SkippedRule>) {
        let (mut rules, mut skipped) = (Vec::new(), Vec::new());
        let mut names = HashSet::new();
        for rule in record::read(records, service) {
            match rule {
                // A rule that two pages repeat is used once.
                Ok(Some(rule)) if names.insert(Arc::clone(&rule.name)) => rules.push(rule),
                Ok(_) => {}
                Err(rule) => skipped.push(rule),
            }
        }
        rules.sort_by(|a, b| tried(a).cmp(&tried(b)));
        if rules.len() > MAX_RULES {
            let beyond = rules.drain(MAX_RULES - 1..rules.len() - 1);
            skipped.extend(beyond.map(|rule| SkippedRule {
                rule: rule.name.to_string(),
                reason: format!("at most {MAX_RULES} rules are used, and it comes after them"),
            }));
        }
        let mut known: HashMap<_, _> = before.by_name().collect();
        let entries = rules
            .into_iter()
            .map(|rule| match known.remove(&*rule.name) {
                Some(entry) if *entry.rule == rule => entry.clone(),
                Some(entry) => Entry {
                    usage: Arc::clone(&entry.usage),
                    quota: entry.quota.filter(|_| rule.reservoir_size > 0),
                    ..Entry::new(rule)
                },
                None => Entry::new(rule),
            });
        (Self::new(entries, after(now, RULES_TTL)), skipped)
    }

    /// Returns these rules with the quotas and rates that the service sent; targets of unknown rules are ignored.
    #[must_use]
    pub fn with_targets(&self, targets: &[Target]) -> Self {
        let mut given: HashMap<_, _> = targets
            .iter()
            .map(|target| (&*target.rule, target))
            .collect();
        let entries = self.entries.iter().cloned().map(|mut entry| {
            if let Some(target) = given.remove(&*entry.rule.name) {
                entry.fixed_rate = target.fixed_rate.unwrap_or(entry.fixed_rate);
                entry.quota = target.quota.or(entry.quota);
            }
            entry
        });
        Self::new(entries, self.used_until)
    }

    /// Returns how many rules there are for this service.
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// Decides on a request; `None` if no rule matches it, or the rules have expired.
    ///
    /// `draw` returns a random number from 0 to 1; it is called only if needed.
    pub fn decide(
        &self,
        subject: &impl Subject,
        now: Time,
        draw: impl FnOnce() -> f64,
    ) -> Option<Verdict<'_>> {
        if now >= self.used_until {
            return None;
        }
        let subject = &ReadOnce::new(subject);
        let mut fitting = self
            .prefilters
            .fitting(subject)
            .map(|place| &self.entries[place]);
        let entry = fitting.find(|entry| entry.rule.criteria.match_request(subject))?;
        Some(entry.decide(now, draw))
    }

    /// Returns the counts since the last call, for rules with any, and resets them.
    pub fn reports(&self) -> Vec<Report> {
        let report = |entry: &Entry| Report {
            rule: Arc::clone(&entry.rule.name),
            counts: entry.usage.drain(),
        };
        let reports = self.entries.iter().map(report);
        reports
            .filter(|report| report.counts.requests > 0)
            .collect()
    }

    /// Adds the counts of a report that did not arrive, so that the next report includes them.
    pub fn put_back(&self, report: &Report) {
        if let Some((_, entry)) = self.by_name().find(|(name, _)| *name == &*report.rule) {
            entry.usage.put_back(report.counts);
        }
    }

    fn by_name(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|entry| (&*entry.rule.name, entry))
    }
}

impl Entry {
    fn new(rule: Rule) -> Self {
        Self {
            fixed_rate: rule.fixed_rate,
            rule: Arc::new(rule),
            quota: None,
            usage: Arc::default(),
        }
    }

    fn decide(&self, now: Time, draw: impl FnOnce() -> f64) -> Verdict<'_> {
        let second = second_of(now);
        // As in AWS's SDKs a quota ends with the second in which its time is over.
        let quota = self.quota.filter(|quota| second <= second_of(quota.until));
        let quota = quota.map(|quota| quota.requests);
        let borrowable = u32::from(self.rule.reservoir_size > 0);
        let outcome = if self.usage.take(second, quota.unwrap_or(borrowable)) {
            quota.map_or(Outcome::Borrowed, |_| Outcome::Reservoir)
        } else if self.fixed_rate > 0.0 && (self.fixed_rate >= 1.0 || draw() < self.fixed_rate) {
            Outcome::Rate
        } else {
            Outcome::Dropped
        };
        self.usage.count(outcome);
        Verdict {
            outcome,
            entry: self,
            quota,
            second,
        }
    }
}

impl Verdict<'_> {
    /// Whether the request is sampled.
    pub fn is_sampled(&self) -> bool {
        self.outcome != Outcome::Dropped
    }

    /// Returns the name of the rule that decided.
    pub fn rule(&self) -> &Arc<str> {
        &self.entry.rule.name
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, quota, .. } = self;
        write!(formatter, "rule={:?}; reservoir=", self.rule())?;
        match quota {
            Some(quota) => write!(formatter, "{}/{quota}", entry.usage.used(self.second))?,
            None => formatter.write_str("unknown")?,
        }
        let through = match self.outcome {
            Outcome::Reservoir => "reservoir",
            Outcome::Borrowed => "borrowing",
            Outcome::Rate => "rate",
            Outcome::Dropped => "nothing",
        };
        write!(formatter, "; rate={}; through={through}", entry.fixed_rate)
    }
}

const FOREVER: Time = Time::from_nanos(u64::MAX);

fn second_of(time: Time) -> u32 {
    u32::try_from(time.as_nanos() / 1_000_000_000).unwrap_or(u32::MAX)
}

/// `Default` is last whatever its priority.
fn tried(rule: &Rule) -> (bool, u32, &str) {
    (&*rule.name == DEFAULT, rule.priority, &rule.name)
}

fn after(time: Time, duration: Duration) -> Time {
    let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    Time::from_nanos(time.as_nanos().saturating_add(nanos))
}
