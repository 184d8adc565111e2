//! The thread that asks the daemon for the rules and for what each may sample.

use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant, SystemTime},
};

use segment::{Time, Value};

use super::{
    MAX_REPORTS, Report, Rules, Service, SkippedRule, Targets,
    current_rules::CurrentRules,
    daemon::{CallError, Daemon},
    schedule::{Call, Schedule},
    targets,
};
use crate::delivery::{Counters, add, count};

/// Most rules that are read; the first [`MAX_RULES`](super::MAX_RULES) of them are used. The rule with the last
/// priority may be on the last page, so all pages are read, up to a number that real rules never reach.
const MAX_READ: usize = 20_000;
/// A page with fewer rules counts as this many, so that a series of empty pages ends too.
const LEAST_PAGE: usize = 10;
/// Most bytes of all pages: parsed, they take many times as much memory, and a pod may have only 32 MiB. An X-Ray
/// rule has some 600 bytes, and an account has 25 rules unless it asked for more.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// The shortest time between two warnings that the daemon does not answer.
const WARN_EVERY: Duration = Duration::from_secs(60);
/// How many invalid rules one warning names.
const NAMED: usize = 10;

/// How often the clock is checked.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// By how much the clock may be changed before the rules are fetched again.
const JUMP: Duration = Duration::from_secs(5);

/// The wall clock, by which rules expire, and the steady clock, by which they are fetched. The wall clock continues
/// while a machine sleeps, and can be set; the steady clock does neither.
struct Clocks {
    wall: Time,
    steady: Instant,
}

impl Clocks {
    fn new() -> Self {
        Self {
            wall: now(),
            steady: Instant::now(),
        }
    }

    /// Whether the wall clock has jumped ahead of the steady one since the last call.
    fn jumped(&mut self, wall: Time, steady: Instant) -> bool {
        let passed = steady.saturating_duration_since(self.steady);
        let shown = wall.as_nanos().saturating_sub(self.wall.as_nanos());
        (self.wall, self.steady) = (wall, steady);
        Duration::from_nanos(shown) > passed + JUMP
    }
}

/// Keeps the rules in force up to date.
pub(super) struct Poll {
    daemon: Daemon,
    current_rules: Arc<CurrentRules>,
    service: Service,
    client_id: String,
    schedule: Schedule,
    clocks: Clocks,
    counters: Arc<Counters>,
    rules_since: Time,
    skipped: Vec<SkippedRule>,
    warned_at: Option<Instant>,
}

impl Poll {
    pub(super) fn new(
        daemon: Daemon,
        current_rules: Arc<CurrentRules>,
        service: Service,
        schedule: Schedule,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            daemon,
            current_rules,
            service,
            client_id: client_id(),
            schedule,
            clocks: Clocks::new(),
            counters,
            rules_since: Time::default(),
            skipped: Vec::new(),
            warned_at: None,
        }
    }

    /// Runs until the other end of `stop` is dropped; drops `first` after the first attempt to fetch the rules.
    pub(super) fn run(mut self, stop: &Receiver<Infallible>, first: Sender<Infallible>) {
        let mut first = Some(first);
        loop {
            let (call, at) = self.schedule.next();
            let wait = at.saturating_duration_since(Instant::now());
            if let Err(RecvTimeoutError::Disconnected) = stop.recv_timeout(wait.min(LOOK_EVERY)) {
                return;
            }
            if self.clocks.jumped(now(), Instant::now()) {
                self.schedule.clock_jumped(Instant::now());
                continue;
            }
            if wait > LOOK_EVERY {
                continue;
            }
            match call {
                Call::Rules => {
                    self.fetch_rules();
                    first.take();
                }
                Call::Targets => self.ask_targets(),
            }
        }
    }

    fn fetch_rules(&mut self) {
        let chance = rand::random();
        match self.rules() {
            Ok((records, unread)) => {
                let now = now();
                let (rules, skipped) =
                    Rules::of_records(&records, &self.service, &self.current_rules.read(), now);
                let skipped = unread.into_iter().chain(skipped).collect();
                self.current_rules.replace(rules);
                self.rules_since = now;
                self.schedule.rules_came(Instant::now(), chance);
                self.warn_of_skipped(skipped);
            }
            Err(error) => {
                self.schedule.rules_failed(Instant::now(), chance);
                self.note_failure(&error);
            }
        }
    }

    /// Reads all pages of rules. If there are too many, returns those read so far, and an entry for the ones that
    /// were skipped.
    fn rules(&self) -> Result<(Vec<Value<'static>>, Option<SkippedRule>), CallError> {
        let (mut records, mut tokens) = (Vec::new(), HashSet::new());
        let (mut read, mut bytes) = (0, 0);
        let mut body = "{}".to_owned();
        loop {
            let (answer, size) = self.call("/GetSamplingRules", body)?;
            let Some(Value::Array(page)) = answer.get("SamplingRuleRecords") else {
                return Err(CallError::InvalidAnswer("has no SamplingRuleRecords"));
            };
            records.extend_from_slice(page);
            read += page.len().max(LEAST_PAGE);
            bytes += size;
            let token = answer.get("NextToken").and_then(Value::as_text);
            let Some(token) = token.filter(|token| !token.is_empty()) else {
                return Ok((records, None));
            };
            let reason = if !tokens.insert(token.to_owned()) {
                "the service repeats a page".to_owned()
            } else if read >= MAX_READ || bytes >= MAX_BYTES {
                format!("at most {MAX_READ} rules or {MAX_BYTES} bytes are read")
            } else {
                body = Value::Object(vec![("NextToken".into(), token.into())]).to_string();
                continue;
            };
            let rule = format!("all after number {}", records.len());
            return Ok((records, Some(SkippedRule { rule, reason })));
        }
    }

    /// Reports the rules' counts and applies the targets in the answer.
    fn ask_targets(&mut self) {
        let reports = self.current_rules.read().reports();
        for reports in reports.chunks(MAX_REPORTS) {
            let body = targets::request(reports, &self.client_id, now());
            match self.call("/SamplingTargets", body) {
                Ok((answer, _)) => self.take_targets(reports, Targets::read(&answer)),
                Err(error) => {
                    self.put_back(reports, |_| true);
                    self.note_failure(&error);
                }
            }
        }
        self.schedule.targets_asked(Instant::now(), rand::random());
    }

    fn take_targets(&mut self, reports: &[Report], answer: Targets) {
        let rules = self.current_rules.read().with_targets(&answer.targets);
        self.current_rules.replace(rules);
        self.schedule
            .targets_came(&answer, self.rules_since, Instant::now());
        let is_to_repeat = |report: &Report| {
            let mut failed = answer.unprocessed.iter();
            failed.any(|(rule, status)| **rule == *report.rule && *status >= 500)
        };
        self.put_back(reports, is_to_repeat);
        self.warn_of_skipped(answer.skipped);
    }

    fn put_back(&self, reports: &[Report], is_to_repeat: impl Fn(&Report) -> bool) {
        let rules = self.current_rules.read();
        let reports = reports.iter().filter(|report| is_to_repeat(report));
        reports.for_each(|report| rules.put_back(report));
    }

    fn call(&self, path: &str, body: String) -> Result<(Value<'static>, usize), CallError> {
        count(&self.counters.sampling_calls);
        self.daemon.call(path, body)
    }

    /// Logs invalid rules; does not repeat the warning while they stay the same.
    fn warn_of_skipped(&mut self, skipped: Vec<SkippedRule>) {
        add(&self.counters.sampling_skipped, skipped.len() as u64);
        if skipped.is_empty() || skipped == self.skipped {
            return;
        }
        let named: Vec<_> = skipped
            .iter()
            .take(NAMED)
            .map(ToString::to_string)
            .collect();
        tracing::warn!(
            skipped = skipped.len(),
            "invalid sampling rules are skipped; the others are used: {}{}",
            named.join("; "),
            if skipped.len() > NAMED {
                "; and so on"
            } else {
                ""
            }
        );
        self.skipped = skipped;
    }

    /// Counts a failure, and logs a warning at most once a minute.
    fn note_failure(&mut self, error: &CallError) {
        count(&self.counters.sampling_failures);
        let now = Instant::now();
        if self.warned_at.is_some_and(|at| now < at + WARN_EVERY) {
            return;
        }
        self.warned_at = Some(now);
        let meanwhile = if self.rules_since == Time::default() {
            "until it does, one request a second and 5 % of the others are traced"
        } else {
            "the last sampling rules are used for an hour"
        };
        tracing::warn!(
            daemon = %self.daemon.address(),
            "the X-Ray daemon does not return sampling rules: {error}; {meanwhile}"
        );
    }
}

/// Returns twelve random bytes, X-Ray's format of a client id.
fn client_id() -> String {
    let [first, second, third]: [u32; 3] = rand::random();
    format!("{first:08x}{second:08x}{third:08x}")
}

fn now() -> Time {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clock_that_goes_ahead_has_jumped() {
        let mut clocks = Clocks::new();
        let (wall, steady) = (clocks.wall, clocks.steady);
        let mut jumped = |wall_seconds: i64, steady_seconds: u64| {
            let wall = wall
                .as_nanos()
                .saturating_add_signed(wall_seconds * 1_000_000_000);
            let steady = steady + Duration::from_secs(steady_seconds);
            clocks.jumped(Time::from_nanos(wall), steady)
        };
        assert!(!jumped(1, 1));
        assert!(!jumped(3, 2));
        assert!(jumped(7_200, 3));
        assert!(!jumped(7_201, 4));
        assert!(!jumped(1, 5));
        assert!(!jumped(60, 64));
    }
}
