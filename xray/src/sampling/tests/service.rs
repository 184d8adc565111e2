//! What the service says: records of rules, targets, and the report to it.

use super::*;

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
        (r#"{"RuleName":""}"#, "number 1", "RuleName is empty"),
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
