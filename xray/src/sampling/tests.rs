//! Seconds and requests in, decisions out.

mod files;
mod matching;
mod properties;
mod service;

use std::{borrow::Cow, time::Duration};

use proptest::prelude::*;
use segment::{Time, Value};

use super::*;

/// A request.
#[derive(Debug, Clone, Default)]
struct Asked {
    method: Option<&'static str>,
    host: Option<&'static str>,
    path: Option<&'static str>,
    attributes: Vec<(&'static str, &'static str)>,
}

impl Subject for Asked {
    fn method(&self) -> Option<&str> {
        self.method
    }

    fn host(&self) -> Option<&str> {
        self.host
    }

    fn path(&self) -> Option<&str> {
        self.path
    }

    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        let found = self.attributes.iter().find(|(name, _)| *name == key)?;
        Some(found.1.into())
    }
}

fn get(path: &'static str) -> Asked {
    Asked {
        method: Some("GET"),
        host: Some("shop.example:8080"),
        path: Some(path),
        attributes: Vec::new(),
    }
}

fn at(seconds: f64) -> Time {
    Time::from_seconds(1_000_000_000.0 + seconds).unwrap()
}

fn shop() -> Service {
    Service {
        name: "shop".to_owned(),
        kind: Some("AWS::EKS::Container"),
        arn: None,
    }
}

/// Returns a record of X-Ray's; `members` replace those of a rule for everything with no reservoir and rate 0.
fn record(members: &str) -> Value<'static> {
    let Ok(Value::Object(wished)) = Value::parse(members) else {
        panic!("{members} is no object")
    };
    let usual = r#"{"RuleName":"Default","Priority":10000,"FixedRate":0,"ReservoirSize":0,"ServiceName":"*",
        "ServiceType":"*","Host":"*","HTTPMethod":"*","URLPath":"*","ResourceARN":"*","Version":1,"Attributes":{}}"#;
    let Ok(Value::Object(mut rule)) = Value::parse(usual) else {
        panic!("{usual} is no object")
    };
    rule.extend(wished);
    Value::Object(vec![("SamplingRule".into(), Value::Object(rule))])
}

fn records(members: &[&str]) -> (Rules, Vec<SkippedRule>) {
    let records: Vec<_> = members.iter().map(|members| record(members)).collect();
    Rules::of_records(&records, &shop(), &Rules::fallback(), at(0.0))
}

fn rules(members: &[&str]) -> Rules {
    let (rules, skipped) = records(members);
    assert_eq!(skipped, []);
    rules
}

fn targets(answer: &str) -> Targets {
    Targets::read(&Value::parse(answer).unwrap())
}

/// Lets the first rule of these for everything sample `quota` a second, until 300 s.
fn with_quota(rules: &Rules, quota: u32) -> Rules {
    let document = format!(
        r#"{{"RuleName":"Default","ReservoirQuota":{quota},"ReservoirQuotaTTL":{}}}"#,
        at(300.0).as_seconds()
    );
    let answer = format!(r#"{{"SamplingTargetDocuments":[{document}]}}"#);
    rules.with_targets(&targets(&answer).targets)
}

/// Returns the outcomes of requests at these seconds, as letters; every draw is 0.5.
fn outcomes(rules: &Rules, seconds: &[f64]) -> String {
    let outcome = |second: &f64| match rules.decide(&get("/"), at(*second), || 0.5) {
        None => '-',
        Some(verdict) => match verdict.outcome {
            Outcome::Reservoir => 'Q',
            Outcome::Borrowed => 'B',
            Outcome::Rate => 'R',
            Outcome::Dropped => '.',
        },
    };
    seconds.iter().map(outcome).collect()
}

/// A request that counts how often it is asked for its host.
#[derive(Default)]
struct Counting(std::cell::Cell<usize>);

impl Subject for Counting {
    fn method(&self) -> Option<&str> {
        None
    }

    fn host(&self) -> Option<&str> {
        self.0.set(self.0.get() + 1);
        Some("shop.example")
    }

    fn path(&self) -> Option<&str> {
        None
    }

    fn attribute(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

#[test]
fn a_request_looks_for_its_host_once_for_all_rules() {
    let rules = rules(&[
        r#"{"RuleName":"a","Priority":1,"Host":"a.example"}"#,
        r#"{"RuleName":"b","Priority":2,"Host":"b.example"}"#,
        r#"{"RuleName":"shop","Priority":3,"Host":"shop.example"}"#,
    ]);
    let request = Counting::default();
    let verdict = rules.decide(&request, at(0.0), || 1.0).unwrap();
    assert_eq!((&**verdict.rule(), request.0.get()), ("shop", 1));
}

#[test]
fn without_a_quota_one_a_second_is_borrowed_and_the_rate_decides_on_the_rest() {
    let seconds = [0.0, 0.1, 0.999, 1.0, 1.5, 7.2];
    for (rule, expected) in [
        (r#"{"ReservoirSize":5,"FixedRate":0}"#, "B..B.B"),
        (r#"{"ReservoirSize":5,"FixedRate":0.51}"#, "BRRBRB"),
        (r#"{"ReservoirSize":5,"FixedRate":0.5}"#, "B..B.B"),
        (r#"{"ReservoirSize":0,"FixedRate":0}"#, "......"),
        (r#"{"ReservoirSize":0,"FixedRate":1}"#, "RRRRRR"),
    ] {
        assert_eq!(outcomes(&rules(&[rule]), &seconds), expected, "{rule}");
    }
}

#[test]
fn with_a_quota_as_many_a_second_are_sampled_through_its_last_second() {
    let seconds = [
        0.0, 0.1, 0.2, 1.0, 299.0, 299.5, 299.999, 300.0, 300.1, 301.0, 301.1,
    ];
    for (rule, quota, expected) in [
        (r#"{"ReservoirSize":5}"#, 2, "QQ.QQQ.QQB."),
        (r#"{"ReservoirSize":5}"#, 0, ".........B."),
        (r#"{"ReservoirSize":0}"#, 1, "Q..QQ..Q..."),
        (r#"{"ReservoirSize":5,"FixedRate":1}"#, 1, "QRRQQRRQRBR"),
    ] {
        let rules = with_quota(&rules(&[rule]), quota);
        assert_eq!(outcomes(&rules, &seconds), expected, "{rule} {quota}");
    }
}

#[test]
fn what_was_borrowed_in_a_second_counts_against_the_quota_that_comes_in_it() {
    let before = rules(&[r#"{"ReservoirSize":5}"#]);
    assert_eq!(outcomes(&before, &[1.0]), "B");
    assert_eq!(outcomes(&with_quota(&before, 2), &[1.1, 1.2, 2.0]), "Q.Q");
}

#[test]
fn the_fallback_samples_one_a_second_and_five_percent() {
    let fallback = Rules::fallback();
    let decide = |second, draw| {
        fallback
            .decide(&Asked::default(), at(second), || draw)
            .unwrap()
            .outcome
    };
    assert_eq!(decide(0.0, 0.9), Outcome::Reservoir);
    assert_eq!(
        (decide(0.1, 0.049), decide(0.2, 0.05)),
        (Outcome::Rate, Outcome::Dropped)
    );
    assert_eq!(decide(1.0, 0.9), Outcome::Reservoir);
}

#[test]
fn rules_are_used_for_an_hour() {
    let rules = rules(&[r#"{"FixedRate":1}"#]);
    assert_eq!(outcomes(&rules, &[3_599.9, 3_600.0]), "R-");
    assert_eq!(
        outcomes(&with_quota(&rules, 1), &[3_600.0]),
        "-",
        "targets do not renew them"
    );
}

#[test]
fn a_verdict_says_why() {
    let rules = with_quota(&rules(&[r#"{"ReservoirSize":5,"FixedRate":0.05}"#]), 1);
    let why = |second| {
        rules
            .decide(&get("/"), at(second), || 0.5)
            .unwrap()
            .to_string()
    };
    assert_eq!(
        why(1.0),
        r#"rule="Default"; reservoir=1/1; rate=0.05; through=reservoir"#
    );
    assert_eq!(
        why(1.1),
        r#"rule="Default"; reservoir=1/1; rate=0.05; through=nothing"#
    );
    assert_eq!(
        why(301.0),
        r#"rule="Default"; reservoir=unknown; rate=0.05; through=borrowing"#
    );
}
