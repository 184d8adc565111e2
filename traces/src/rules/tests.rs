//! The rules together: order, changes, reports and shares.

use super::*;

fn at(second: u64) -> Time {
    Time::from_nanos(second * 1_000_000_000)
}

fn rule(name: &str, priority: u32) -> Rule {
    Rule {
        name: name.to_owned(),
        priority,
        ..Rule::default_rule()
    }
}

#[test]
fn rules_are_tried_by_priority_and_default_last() {
    let mut rules = Rules::new(at(1));
    for (name, priority) in [("b", 5), ("a", 5), ("z", 1)] {
        rules
            .create(rule(name, priority), Tags::default(), at(2))
            .unwrap();
    }
    let names: Vec<_> = rules
        .all()
        .map(|record| record.rule.name.as_str())
        .collect();
    assert_eq!(names, ["z", "a", "b", "Default"]);
    assert_eq!(rules.last_modification, at(2));
}

#[test]
fn a_rule_moves_with_its_priority_and_keeps_its_birthday() {
    let mut rules = Rules::new(at(1));
    rules.create(rule("a", 5), Tags::default(), at(2)).unwrap();
    let change = RuleChange {
        name: Some("a".to_owned()),
        priority: Some(7),
        ..RuleChange::default()
    };
    let record = rules.update(change, at(3)).unwrap();
    assert_eq!(
        (record.rule.priority, record.created, record.modified),
        (7, at(2), at(3))
    );
    let arn = record.rule.arn.clone();
    assert_eq!(rules.all().count(), 2);
    rules.delete(None, Some(&arn), at(4)).unwrap();
    assert_eq!(rules.all().count(), 1);
}

#[test]
fn what_cannot_be_is_refused_and_named() {
    let mut rules = Rules::new(at(1));
    rules.create(rule("a", 5), Tags::default(), at(2)).unwrap();
    let twice = rules
        .create(rule("a", 6), Tags::default(), at(3))
        .unwrap_err();
    assert!(
        twice
            .to_string()
            .contains("RuleName is a; there is a sampling rule of this name already")
    );
    assert!(rules.delete(Some("Default"), None, at(3)).is_err());
    assert!(
        rules
            .delete(Some("b"), None, at(3))
            .unwrap_err()
            .to_string()
            .contains('b')
    );
    assert!(rules.delete(None, None, at(3)).is_err());
    for number in 1..MAX_RULES {
        rules
            .create(rule(&number.to_string(), 9), Tags::default(), at(3))
            .unwrap();
    }
    assert_eq!(
        rules
            .create(rule("more", 9), Tags::default(), at(3))
            .unwrap_err(),
        RuleError::TooMany
    );
}

#[test]
fn a_report_is_kept_and_answered_with_a_share_of_the_rule_as_it_is() {
    let mut rules = Rules::new(at(1));
    rules.create(rule("a", 5), Tags::default(), at(2)).unwrap();
    let (one, other) = ("1".repeat(24), "2".repeat(24));
    let reported = Reported {
        request_count: 9,
        sampled_count: 4,
        borrow_count: 1,
    };
    let mut report =
        |name: &str, client: &str, second| rules.report(name, client, reported, at(second));
    assert_eq!(
        report("a", &one, 100),
        Ok(Target {
            fixed_rate: 1.0,
            quota: 1,
            interval: INTERVAL,
        })
    );
    assert_eq!(report("a", &other, 101).unwrap().quota, 0);
    assert_eq!(report("Default", &other, 101).unwrap().quota, 1);
    for (name, client, part) in [
        ("gone", one.as_str(), "gone"),
        ("a", "short", "5 characters"),
    ] {
        let error = report(name, client, 102).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let change = RuleChange {
        name: Some("a".to_owned()),
        reservoir_size: Some(7),
        priority: Some(6),
        ..RuleChange::default()
    };
    rules.update(change, at(105)).unwrap();
    assert_eq!(
        rules.report("a", &other, reported, at(110)).unwrap().quota,
        3
    );
    assert_eq!(rules.report("a", &one, reported, at(110)).unwrap().quota, 4);
    let overview = serde_json::to_value(Overview::of(&rules, at(111))).unwrap();
    let of_a = &overview["rules"][0];
    assert_eq!(
        of_a["columns"],
        serde_json::json!([
            { "at": 100, "matched": 18, "sampled": 8, "borrowed": 2 },
            { "at": 110, "matched": 18, "sampled": 8, "borrowed": 2 },
        ])
    );
    assert_eq!(
        of_a["clients"],
        serde_json::json!([
            { "id": one, "last_asked": 110.0, "quota": 4 },
            { "id": other, "last_asked": 110.0, "quota": 3 },
        ])
    );
    assert_eq!(
        (&of_a["rule"]["RuleName"], &of_a["modified"]),
        (&"a".into(), &105.0.into())
    );
}

#[test]
fn a_report_that_is_refused_is_not_counted() {
    let mut rules = Rules::new(at(1));
    let reported = Reported {
        request_count: 1,
        ..Reported::default()
    };
    let mut report = |client: usize| {
        let client = format!("{client:024}");
        rules.report(DEFAULT, &client, reported, at(100))
    };
    for client in 0..MAX_CLIENTS {
        report(client).unwrap();
    }
    assert_eq!(report(MAX_CLIENTS), Err(ReportError::TooManyClients));
    let record = rules.all().next().unwrap();
    let (_, counted) = record.statistics.columns(at(100)).next().unwrap();
    assert_eq!(counted.request_count, MAX_CLIENTS as u64);
}

#[test]
fn who_waits_for_its_share_is_told_to_ask_again_soon() {
    let mut rules = Rules::new(at(1));
    let change = RuleChange {
        name: Some(DEFAULT.to_owned()),
        reservoir_size: Some(4),
        ..RuleChange::default()
    };
    rules.update(change, at(2)).unwrap();
    let mut ask = |client: &str, second| {
        let report = Reported::default();
        let target = rules.report(DEFAULT, &client.repeat(24), report, at(second));
        let target = target.unwrap();
        (target.quota, target.interval)
    };
    assert_eq!(ask("a", 100), (4, INTERVAL));
    assert_eq!(ask("b", 101), (0, SOON));
    assert_eq!(ask("a", 102), (3, SOON));
    assert_eq!(ask("b", 103), (1, SOON));
    assert_eq!(ask("a", 104), (2, INTERVAL));
    assert_eq!(ask("b", 105), (2, INTERVAL));
}
