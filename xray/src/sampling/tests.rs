//! Seconds and requests in, decisions out.

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
fn a_rule_is_for_requests_that_match_in_every_respect() {
    for (criteria, is_for) in [
        ("{}", true),
        (r#"{"HTTPMethod":"get"}"#, true),
        (r#"{"HTTPMethod":"POST"}"#, false),
        (r#"{"URLPath":"/items/*"}"#, true),
        (r#"{"URLPath":"/ITEMS/*"}"#, true),
        (r#"{"URLPath":"/items/?"}"#, true),
        (r#"{"URLPath":"/items/??"}"#, false),
        (r#"{"Host":"Shop.Example"}"#, true),
        (r#"{"Host":"shop.example:8080"}"#, true),
        (r#"{"Host":"shop.example:80"}"#, false),
        (r#"{"Host":"*.example"}"#, true),
        (r#"{"Host":"example"}"#, false),
        (r#"{"ServiceName":"sh*"}"#, true),
        (r#"{"ServiceName":"SHOP"}"#, true),
        (r#"{"ServiceType":"aws::eks::*"}"#, true),
        (r#"{"ServiceType":"AWS::EC2::Instance"}"#, false),
        (r#"{"ResourceARN":"arn:*"}"#, false),
        (r#"{"Attributes":{"tier":"go*"}}"#, true),
        (r#"{"Attributes":{"tier":"*"}}"#, true),
        (r#"{"Attributes":{"tier":"Gold"}}"#, true),
        (r#"{"Attributes":{"tier":"silver"}}"#, false),
        (r#"{"Attributes":{"none":"*"}}"#, false),
        (r#"{"Attributes":{"tier":"gold","none":"x"}}"#, false),
        (r#"{"Attributes":null}"#, true),
        (r#"{"URLPath":"/items/*","HTTPMethod":"POST"}"#, false),
    ] {
        let asked = Asked {
            attributes: vec![("tier", "gold")],
            ..get("/items/7")
        };
        let verdict = rules(&[criteria]);
        assert_eq!(
            verdict.decide(&asked, at(1.0), || 0.5).is_some(),
            is_for,
            "{criteria}"
        );
    }
}

#[test]
fn what_is_not_known_of_a_request_matches_only_what_everything_matches() {
    let nothing = Asked::default();
    for criteria in [
        r#"{"HTTPMethod":"?*"}"#,
        r#"{"URLPath":"**"}"#,
        r#"{"Host":"?*"}"#,
    ] {
        assert!(
            rules(&[criteria])
                .decide(&nothing, at(1.0), || 0.5)
                .is_none(),
            "{criteria}"
        );
    }
    assert!(rules(&["{}"]).decide(&nothing, at(1.0), || 0.5).is_some());
    // Of X-Ray's rules one that names a host is not for a request without.
    let empty = Asked {
        host: Some(""),
        ..Asked::default()
    };
    let decides = |criteria| rules(&[criteria]).decide(&empty, at(1.0), || 0.5).is_some();
    assert!(!decides(r#"{"Host":"shop"}"#));
    assert!(decides(r#"{"Host":""}"#));
}

#[test]
fn rules_are_tried_by_priority_then_by_name_and_default_last() {
    let rules = rules(&[
        r#"{"Priority":1}"#,
        r#"{"RuleName":"b","Priority":5}"#,
        r#"{"RuleName":"a","Priority":5,"URLPath":"/a"}"#,
        r#"{"RuleName":"first","Priority":2,"URLPath":"/f*"}"#,
        r#"{"RuleName":"elsewhere","Priority":1,"ServiceName":"other"}"#,
    ]);
    assert_eq!(rules.count(), 4, "the other service's rule is not kept");
    for (path, rule) in [("/f", "first"), ("/a", "a"), ("/", "b")] {
        let verdict = rules.decide(&get(path), at(1.0), || 0.5).unwrap();
        assert_eq!(&**verdict.rule(), rule);
    }
}

#[test]
fn a_rule_that_cannot_be_used_is_named_and_the_rest_work() {
    let long = format!(r#"{{"RuleName":"{}"}}"#, "n".repeat(10_000));
    for (wrong, rule, reason) in [
        (r#"{"RuleName":"new","Version":2}"#, "new", "Version is 2"),
        (
            r#"{"RuleName":"seven","FixedRate":7}"#,
            "seven",
            "FixedRate is 7",
        ),
        (
            r#"{"RuleName":"minus","ReservoirSize":-1}"#,
            "minus",
            "ReservoirSize is -1",
        ),
        (
            r#"{"RuleName":"half","ReservoirSize":0.5}"#,
            "half",
            "ReservoirSize is 0.5",
        ),
        (
            r#"{"RuleName":"word","Priority":"high"}"#,
            "word",
            "Priority is not a number",
        ),
        (
            r#"{"RuleName":"lame","Host":null}"#,
            "lame",
            "Host is missing",
        ),
        (
            r#"{"RuleName":null,"RuleARN":"arn:r"}"#,
            "arn:r",
            "RuleName is missing",
        ),
        (r#"{"RuleName":5}"#, "number 1", "RuleName is not a string"),
        (
            r#"{"RuleName":"list","Attributes":[1]}"#,
            "list",
            "Attributes",
        ),
        (&long, &format!("{}…", "n".repeat(64)), "10000 bytes"),
    ] {
        let (rules, skipped) = records(&[wrong, r#"{"FixedRate":1}"#]);
        let [skipped] = skipped.as_slice() else {
            panic!("{wrong}: {skipped:?}")
        };
        assert_eq!(skipped.rule, rule);
        assert!(skipped.reason.contains(reason), "{skipped}");
        assert_eq!(outcomes(&rules, &[1.0]), "R", "{wrong}");
    }
    let broken = [Value::Null, Value::from("x"), record(r#"{"FixedRate":1}"#)];
    let (rules, skipped) = Rules::of_records(&broken, &shop(), &Rules::fallback(), at(0.0));
    assert_eq!((skipped.len(), outcomes(&rules, &[1.0]).as_str()), (2, "R"));
}

#[test]
fn of_ten_thousand_rules_the_first_thousand_and_the_last_one_are_used() {
    let names: Vec<_> = (1..10_000)
        .map(|number| {
            format!(r#"{{"RuleName":"{number}","Priority":{number},"URLPath":"/{number}"}}"#)
        })
        .collect();
    let mut members: Vec<_> = names.iter().map(String::as_str).collect();
    members.push(r#"{"FixedRate":1}"#);
    let (rules, skipped) = records(&members);
    assert_eq!(
        (rules.count(), skipped.len()),
        (MAX_RULES, 10_000 - MAX_RULES)
    );
    assert_eq!(skipped[0].rule, "1000");
    assert_eq!(outcomes(&rules, &[1.0]), "R");
}

#[test]
fn a_rule_of_several_pages_counts_once() {
    assert_eq!(
        rules(&[r#"{"FixedRate":1}"#, r#"{"FixedRate":0}"#]).count(),
        1
    );
}

#[test]
fn a_rule_keeps_its_quota_while_it_has_a_reservoir_and_every_rule_its_counts() {
    let before = with_quota(&rules(&[r#"{"ReservoirSize":5}"#]), 3);
    assert_eq!(outcomes(&before, &[1.0, 1.1]), "QQ");
    let again = |members| Rules::of_records(&[record(members)], &shop(), &before, at(2.0)).0;
    assert_eq!(
        outcomes(&again(r#"{"ReservoirSize":5}"#), &[1.2, 1.3]),
        "Q."
    );
    let emptied = again(r#"{"ReservoirSize":0}"#);
    assert_eq!(outcomes(&emptied, &[2.0]), ".");
    let changed = again(r#"{"ReservoirSize":4,"FixedRate":0.001}"#);
    assert_eq!(outcomes(&changed, &[3.0, 3.1, 3.2, 3.3, 301.0]), "QQQ.B");
    let [report] = changed.reports().try_into().unwrap();
    let counts = Counts {
        requests: 10,
        sampled: 7,
        borrowed: 1,
    };
    assert_eq!((&*report.rule, report.counts), ("Default", counts));
    assert_eq!(before.reports(), [], "they were counted in one place");
    changed.put_back(&report);
    assert_eq!(changed.reports(), [report]);
}

#[test]
fn the_rate_of_a_target_replaces_that_of_the_rule_until_the_rule_changes() {
    let before = rules(&[r#"{"FixedRate":0}"#]);
    let answer = targets(r#"{"SamplingTargetDocuments":[{"RuleName":"Default","FixedRate":1}]}"#);
    let after = before.with_targets(&answer.targets);
    assert_eq!(outcomes(&after, &[1.0]), "R");
    let fetched = |members| Rules::of_records(&[record(members)], &shop(), &after, at(2.0)).0;
    assert_eq!(outcomes(&fetched(r#"{"FixedRate":0}"#), &[2.0]), "R");
    assert_eq!(outcomes(&fetched(r#"{"FixedRate":0.4}"#), &[2.0]), ".");
}

#[test]
fn targets_are_read_one_by_one_and_boosts_are_ignored() {
    let answer = targets(
        r#"{"SamplingTargetDocuments":[
            {"RuleName":"a","FixedRate":0.5,"ReservoirQuota":2,"ReservoirQuotaTTL":1000000300,"Interval":15,
             "SamplingBoost":{"BoostRate":1,"BoostRateTTL":1000000060}},
            {"RuleName":"seven","FixedRate":7},
            {"RuleName":"never","ReservoirQuota":2,"ReservoirQuotaTTL":-1},
            {"FixedRate":0.1,"Interval":12},
            {"RuleName":"b","ReservoirQuota":2,"Interval":"soon"}, 7],
          "LastRuleModification":1000000100.5,
          "UnprocessedStatistics":[{"RuleName":"c","ErrorCode":"400","Message":"?"},{"ErrorCode":"500"}],
          "UnprocessedBoostStatistics":[{"RuleName":"d"}],"More":{}}"#,
    );
    let names: Vec<_> = answer.targets.iter().map(|target| &*target.rule).collect();
    assert_eq!(names, ["a", "b"]);
    let skipped: Vec<_> = answer
        .skipped
        .iter()
        .map(|skipped| &*skipped.rule)
        .collect();
    assert_eq!(
        skipped,
        [
            "target of seven",
            "target of never",
            "target of number 4",
            "target of number 6"
        ]
    );
    assert_eq!(answer.interval, Some(Duration::from_secs(12)));
    assert_eq!(answer.last_modification, Some(1_000_000_100.5));
    assert_eq!(answer.unprocessed, [("c".to_owned(), 400)]);
    assert_eq!(
        answer.targets[1].quota, None,
        "a quota without an end is none"
    );
    for garbage in ["null", "[]", "{}", r#"{"SamplingTargetDocuments":5}"#] {
        assert_eq!(targets(garbage), Targets::default(), "{garbage}");
    }
    let far = targets(r#"{"SamplingTargetDocuments":[{"RuleName":"a","Interval":4000000000}]}"#);
    assert_eq!(far.interval, Some(Duration::from_secs(300)));
}

#[test]
fn a_report_has_the_members_and_the_sum_of_the_documentation() {
    let rules = rules(&[r#"{"ReservoirSize":5,"FixedRate":0}"#]);
    outcomes(&rules, &[1.0, 1.1]);
    let body = request(&rules.reports(), "0123456789abcdef01234567", at(2.5));
    assert_eq!(
        body,
        r#"{"SamplingStatisticsDocuments":[{"RuleName":"Default","ClientID":"0123456789abcdef01234567","Timestamp":1000000002.5,"RequestCount":2,"SampledCount":1,"BorrowCount":1}]}"#
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

#[test]
fn files_of_both_versions_are_read_and_tried_in_their_order() {
    for (version, host) in [(1, "service_name"), (2, "host")] {
        let text = format!(
            r#"{{"version":{version},"default":{{"fixed_target":1,"rate":0}},"rules":[
                {{"description":"health","{host}":"*","http_method":"*","url_path":"/Health","fixed_target":0,"rate":0,"id":7}},
                {{"{host}":"shop.*","http_method":"get","url_path":"/h*","fixed_target":2,"rate":1.0}}]}}"#
        );
        let rules = Rules::of_file(&text.parse().unwrap());
        let decide = |asked: &Asked| {
            let verdict = rules.decide(asked, at(1.0), || 0.5).unwrap();
            (verdict.rule().to_string(), verdict.outcome)
        };
        assert_eq!(
            decide(&get("/health")),
            ("health".to_owned(), Outcome::Dropped)
        );
        assert_eq!(
            decide(&get("/hello")),
            ("rule 2".to_owned(), Outcome::Reservoir)
        );
        assert_eq!(decide(&get("/hello")).1, Outcome::Reservoir);
        assert_eq!(decide(&get("/hello")).1, Outcome::Rate);
        assert_eq!(
            decide(&get("/")),
            ("default".to_owned(), Outcome::Reservoir)
        );
        assert_eq!(decide(&get("/")).1, Outcome::Dropped);
        // What is not known of a request matches, and so does what is empty.
        assert_eq!(decide(&Asked::default()).0, "health");
        let empty = Asked {
            host: Some(""),
            method: Some(""),
            ..get("/h")
        };
        assert_eq!(decide(&empty).0, "rule 2");
    }
}

#[test]
fn a_file_that_cannot_be_used_says_what_is_wrong() {
    let with_rule = |rule: &str| {
        format!(r#"{{"version":2,"default":{{"fixed_target":1,"rate":0.1}},"rules":[{rule}]}}"#)
    };
    for (text, problem) in [
        ("{".to_owned(), "not JSON"),
        ("{}".to_owned(), "version is missing"),
        (r#"{"version":3,"default":{}}"#.to_owned(), "version is 3"),
        (r#"{"version":2}"#.to_owned(), "default is missing"),
        (
            r#"{"version":2,"default":{"rate":1}}"#.to_owned(),
            "default: its fixed_target is missing",
        ),
        (
            r#"{"version":2,"default":{"fixed_target":1,"rate":1,"url_path":"/"}}"#.to_owned(),
            "default: it must have no url_path",
        ),
        (
            r#"{"version":2,"default":{"fixed_target":1,"rate":1},"rules":{}}"#.to_owned(),
            "rules are not a list",
        ),
        (
            with_rule(r#"{"host":"*","http_method":"*","fixed_target":1,"rate":1}"#),
            "rule 1: its url_path is missing",
        ),
        (
            with_rule(r#"{"host":"*","http_method":"*","url_path":"","fixed_target":1,"rate":1}"#),
            "rule 1: its url_path is empty; write * for all",
        ),
        (
            with_rule(r#"{"host":"","http_method":"*","url_path":"*","fixed_target":1,"rate":1}"#),
            "rule 1: its host is empty",
        ),
        (
            with_rule(
                r#"{"service_name":"*","http_method":"*","url_path":"*","fixed_target":1,"rate":1}"#,
            ),
            "rule 1: service_name belongs to the other version",
        ),
        (
            with_rule(
                r#"{"host":"*","http_method":"*","url_path":"*","fixed_target":-1,"rate":1}"#,
            ),
            "rule 1: its fixed_target is -1",
        ),
        (
            with_rule(r#"{"host":"*","http_method":"*","url_path":"*","fixed_target":1,"rate":7}"#),
            "rule 1: its rate is 7",
        ),
    ] {
        let error = text.parse::<FileRules>().unwrap_err().to_string();
        assert!(error.contains(problem), "{text}\n{error}");
    }
}

proptest! {
    /// Whatever comes and whenever, in any second no more is sampled than the quota (or the one that is
    /// borrowed) and those of the rest that chance chose, and the counts are in balance.
    #[test]
    fn no_second_samples_more_than_quota_and_rate_of_the_rest(
        reservoir in 0..4_u32,
        quota in proptest::option::of(0..4_u32),
        rate in 0.0..1.0_f64,
        requests in proptest::collection::vec((0..3_000_u64, 0.0..1.0_f64), 0..200),
    ) {
        let members = format!(r#"{{"ReservoirSize":{reservoir},"FixedRate":{rate}}}"#);
        let mut rules = rules(&[&members]);
        if let Some(quota) = quota {
            rules = with_quota(&rules, quota);
        }
        let limit = quota.unwrap_or(u32::from(reservoir > 0));
        let mut requests = requests;
        requests.sort_by_key(|(millis, _)| *millis);
        let (mut sampled, mut borrowed) = (0, 0);
        for second in requests.chunk_by(|(a, _), (b, _)| a / 1_000 == b / 1_000) {
            let mut chosen = 0;
            let outcomes: Vec<_> = second.iter().map(|(millis, draw)| {
                chosen += u32::from(*draw < rate);
                #[expect(clippy::cast_precision_loss, reason = "it is small")]
                let now = at(*millis as f64 / 1e3);
                rules.decide(&get("/"), now, || *draw).unwrap().outcome
            }).collect();
            let count = |wanted| u32::try_from(outcomes.iter().filter(|outcome| **outcome == wanted).count()).unwrap();
            let of_reservoir = count(Outcome::Reservoir) + count(Outcome::Borrowed);
            prop_assert_eq!(of_reservoir, limit.min(u32::try_from(second.len()).unwrap()));
            prop_assert!(count(Outcome::Rate) <= chosen);
            prop_assert!(quota.is_none() || count(Outcome::Borrowed) == 0);
            sampled += of_reservoir + count(Outcome::Rate);
            borrowed += count(Outcome::Borrowed);
        }
        let counts = rules.reports().pop().map(|report| report.counts).unwrap_or_default();
        prop_assert_eq!(counts, Counts {
            requests: requests.len() as u64,
            sampled: sampled.into(),
            borrowed: borrowed.into(),
        });
    }

    #[test]
    fn no_answer_makes_anything_panic(text in ".{0,200}", number in proptest::num::f64::ANY) {
        let values = [Value::from(text.as_str()), Value::Number(number), Value::Null, Value::from(true)];
        for value in values {
            for member in ["RuleName", "FixedRate", "ReservoirQuota", "ReservoirQuotaTTL", "Interval", "Priority", "Version", "Attributes"] {
                let document = Value::Object(vec![("RuleName".into(), "Default".into()), (member.into(), value.clone())]);
                let list = Value::Array(vec![document.clone()]);
                Targets::read(&Value::Object(vec![("SamplingTargetDocuments".into(), list.clone()), ("LastRuleModification".into(), value.clone())]));
                Rules::of_records(&[document], &shop(), &Rules::fallback(), at(0.0));
            }
        }
        let _ = text.parse::<FileRules>();
    }
}

proptest! {
    /// Rules as a damaged answer has them: each is used or skipped with a reason, and a request is decided.
    #[test]
    fn damaged_rules_are_used_or_skipped(
        damages in proptest::collection::vec((any::<proptest::sample::Index>(), 0..7_usize,
            proptest::sample::select(vec!["", "0", "-1", "1e999", "\"", "{", "}", "[", "null", "*", "ü", "\\u0000", ":", ","])), 1..5),
    ) {
        let mut text = br#"{"SamplingRuleRecords":[{"SamplingRule":{"RuleName":"r","Priority":1,"FixedRate":0.5,"ReservoirSize":2,"ServiceName":"s*p",
            "ServiceType":"*","Host":"*.example:80?0","HTTPMethod":"G*","URLPath":"/*/x","ResourceARN":"*","Version":1,"Attributes":{"k":"v*"},
            "SamplingRateBoost":{"MaxRate":0.5,"CooldownWindowMinutes":1}}},{"SamplingRule":{"RuleName":"Default","Priority":10000}}]}"#.to_vec();
        for (at, cut, put) in damages {
            let from = at.index(text.len() + 1);
            let to = (from + cut).min(text.len());
            text.splice(from..to, put.bytes());
        }
        let Ok(Value::Object(answer)) = Value::parse(&String::from_utf8_lossy(&text)) else { return Ok(()) };
        for (_, value) in &answer {
            if let Value::Array(records) = value {
                let (rules, _) = Rules::of_records(records, &shop(), &Rules::fallback(), self::at(0.0));
                let verdict = rules.decide(&get("/a/x"), self::at(1.0), || 0.5);
                prop_assert!(verdict.is_none_or(|verdict| !verdict.rule().is_empty()));
            }
        }
    }
}
