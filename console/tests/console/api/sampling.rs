//! Sampling rules, targets and statistics.

use serde_json::{Value, json};

use super::clock;
use crate::support::Console;

#[test]
fn sampling_rules_are_made_changed_listed_and_deleted() {
    let console = Console::start();
    let rules = console.call("GetSamplingRules", &json!({}));
    let rule = &rules["SamplingRuleRecords"][0]["SamplingRule"];
    assert_eq!(
        (
            &rule["RuleName"],
            &rule["FixedRate"],
            &rule["ReservoirSize"]
        ),
        (&json!("Default"), &json!(1.0), &json!(1))
    );
    let rule = json!({ "RuleName": "shop", "Priority": 5, "FixedRate": 0.5, "ReservoirSize": 3, "ResourceARN": "*", "ServiceName": "shop",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "GET", "URLPath": "/api/*", "Version": 1 });
    let made = console.call("CreateSamplingRule", &json!({ "SamplingRule": rule }));
    assert_eq!(
        made["SamplingRuleRecord"]["SamplingRule"]["RuleARN"],
        "arn:aws:xray:local:000000000000:sampling-rule/shop"
    );
    let changed = console.call(
        "UpdateSamplingRule",
        &json!({ "SamplingRuleUpdate": { "RuleName": "shop", "FixedRate": 0.25 } }),
    );
    assert_eq!(
        changed["SamplingRuleRecord"]["SamplingRule"]["FixedRate"],
        0.25
    );
    console.call("DeleteSamplingRule", &json!({ "RuleName": "shop" }));
    assert_eq!(
        console.call("GetSamplingRules", &json!({}))["SamplingRuleRecords"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert!(
        console
            .fail("DeleteSamplingRule", &json!({ "RuleName": "Default" }))
            .1["Message"]
            .as_str()
            .unwrap()
            .contains("Default")
    );
}

#[test]
fn services_share_the_reservoir_and_what_they_report_is_kept() {
    let console = Console::start();
    let rule = json!({ "RuleName": "shop", "Priority": 5, "FixedRate": 0.25, "ReservoirSize": 3, "ResourceARN": "*", "ServiceName": "*",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1 });
    console.call("CreateSamplingRule", &json!({ "SamplingRule": rule }));
    let report = |name: &str, client: &str| {
        let client = client.repeat(24);
        json!({ "RuleName": name, "ClientID": client, "Timestamp": 100, "RequestCount": 9, "SampledCount": 4, "BorrowCount": 1 })
    };
    let ask = |documents: Value| {
        console.call(
            "SamplingTargets",
            &json!({ "SamplingStatisticsDocuments": documents }),
        )
    };
    let before = clock();
    let answer = ask(json!([report("shop", "a"), report("gone", "a")]));
    let target = &answer["SamplingTargetDocuments"][0];
    assert_eq!(
        (
            &target["RuleName"],
            &target["FixedRate"],
            &target["ReservoirQuota"],
            &target["Interval"]
        ),
        (&json!("shop"), &json!(0.25), &json!(3), &json!(10))
    );
    let holds = target["ReservoirQuotaTTL"].as_f64().unwrap() - before;
    assert!((30.0..60.0).contains(&holds), "{holds}");
    assert!(answer["LastRuleModification"].as_f64().unwrap() <= before);
    assert_eq!(
        (
            &answer["UnprocessedStatistics"][0]["RuleName"],
            &answer["UnprocessedStatistics"][0]["ErrorCode"]
        ),
        (&json!("gone"), &json!("400"))
    );
    let quotas = ["b", "a", "b"].map(|client| {
        ask(json!([report("shop", client)]))["SamplingTargetDocuments"][0]["ReservoirQuota"].clone()
    });
    assert_eq!(quotas, [0, 2, 1]);

    let summaries = console.call("SamplingStatisticSummaries", &json!({}));
    let summaries = summaries["SamplingStatisticSummaries"].as_array().unwrap();
    let sum = |member: &str| {
        summaries
            .iter()
            .map(|summary| summary[member].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(
        (sum("RequestCount"), sum("SampledCount"), sum("BorrowCount")),
        (36, 16, 4)
    );
    assert!(
        summaries.iter().all(|summary| summary["RuleName"] == "shop"
            && summary["Timestamp"].as_u64().unwrap() % 10 == 0)
    );

    let overview = console.get("/sampling").json();
    let shop = &overview["rules"][0];
    assert_eq!(
        (
            &shop["rule"]["RuleName"],
            &overview["rules"][1]["rule"]["RuleName"]
        ),
        (&json!("shop"), &json!("Default"))
    );
    let clients: Vec<_> = shop["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|client| (&client["id"], &client["quota"]))
        .collect();
    assert_eq!(
        clients,
        [
            (&json!("b".repeat(24)), &json!(1)),
            (&json!("a".repeat(24)), &json!(2))
        ]
    );
    assert_eq!(
        shop["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| column["matched"].as_u64().unwrap())
            .sum::<u64>(),
        36
    );
    let many = vec![report("shop", "a"); 26];
    let (_, error) = console.fail(
        "SamplingTargets",
        &json!({ "SamplingStatisticsDocuments": many }),
    );
    assert!(error["Message"].as_str().unwrap().contains("26"));
}

#[test]
fn one_odd_report_costs_no_other_one() {
    let console = Console::start();
    let client = "a".repeat(24);
    let good = json!({ "RuleName": "Default", "ClientID": client, "Timestamp": 100, "RequestCount": 9, "SampledCount": 4 });
    let with = |member: &str, value: Value| {
        let mut report = good.clone();
        report[member] = value;
        report
    };
    let mut of_python = good.clone();
    of_python.as_object_mut().unwrap().remove("SampledCount");
    of_python["SampleCount"] = 4.into();
    let answer = console.call(
        "SamplingTargets",
        &json!({ "SamplingStatisticsDocuments": [
            good, with("RequestCount", json!(-1)), with("Timestamp", json!("yesterday")), 7, with("ClientID", json!(null)),
            of_python, with("BorrowCount", json!(null)), with("Unknown", json!({ "a": [] })),
        ] }),
    );
    assert_eq!(
        answer["SamplingTargetDocuments"].as_array().unwrap().len(),
        4
    );
    let unprocessed: Vec<_> = answer["UnprocessedStatistics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let message = one["Message"].as_str().unwrap();
            assert!(message.len() > 10, "{message}");
            (one["RuleName"].as_str(), one["ErrorCode"].as_str())
        })
        .collect();
    let odd = (Some("Default"), Some("400"));
    assert_eq!(unprocessed, [odd, odd, (None, Some("400")), odd]);
    let overview = console.get("/sampling").json();
    let column = &overview["rules"][0]["columns"][0];
    assert_eq!(
        (&column["matched"], &column["sampled"]),
        (&json!(36), &json!(16))
    );
}

#[test]
fn a_rule_with_a_boost_samples_more_while_a_service_misses_anomalies() {
    let console = Console::start();
    let boost = json!({ "MaxRate": 0.75, "CooldownWindowMinutes": 10 });
    let rule = json!({ "RuleName": "shop", "Priority": 1, "FixedRate": 0.05, "ReservoirSize": 1, "ServiceName": "*", "ServiceType": "*",
        "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1, "SamplingRateBoost": boost });
    let made = console.call("CreateSamplingRule", &json!({ "SamplingRule": rule }));
    assert_eq!(
        made["SamplingRuleRecord"]["SamplingRule"]["SamplingRateBoost"],
        boost
    );
    let report = |rule: &str, anomalies: u32, total: u32| {
        json!({ "RuleName": rule, "ServiceName": "cart", "Timestamp": 100, "AnomalyCount": anomalies, "TotalCount": total,
            "SampledAnomalyCount": 0 })
    };
    let statistics = json!([{ "RuleName": "shop", "ClientID": "a".repeat(24), "Timestamp": 100, "RequestCount": 9, "SampledCount": 4 }]);
    let ask = |reports: Value| {
        let answer = console.call(
            "SamplingTargets",
            &json!({ "SamplingStatisticsDocuments": statistics, "SamplingBoostStatisticsDocuments": reports }),
        );
        let boost = answer["SamplingTargetDocuments"][0]["SamplingBoost"].clone();
        (boost, answer["UnprocessedBoostStatistics"].clone())
    };
    assert_eq!(ask(json!([report("shop", 0, 9)])), (Value::Null, json!([])));
    let (boost, unprocessed) = ask(json!([
        report("shop", 3, 9),
        report("gone", 1, 1),
        report("Default", 1, 1),
        report("shop", 9, 3),
        { "RuleName": "shop" },
    ]));
    assert_eq!(boost["BoostRate"], 0.75);
    let ttl = boost["BoostRateTTL"].as_f64().unwrap() - super::clock();
    assert!((50.0..=60.0).contains(&ttl), "{ttl}");
    let unprocessed: Vec<_> = unprocessed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["RuleName"].as_str(), one["Message"].as_str()))
        .collect();
    let expected = [
        (
            "gone",
            "there is no sampling rule gone; ask for the rules again",
        ),
        (
            "Default",
            "the sampling rule Default has no SamplingRateBoost",
        ),
        (
            "shop",
            "AnomalyCount is 9, which is more than the TotalCount of 3",
        ),
        (
            "shop",
            "SamplingBoostStatisticsDocuments[4].ServiceName is missing",
        ),
    ];
    assert_eq!(
        unprocessed,
        expected.map(|(rule, message)| (Some(rule), Some(message)))
    );
    let update = json!({ "SamplingRuleUpdate": { "RuleName": "shop", "SamplingRateBoost": { "MaxRate": 1.5, "CooldownWindowMinutes": 1 } } });
    let (_, error) = console.fail("UpdateSamplingRule", &update);
    assert!(
        error["Message"]
            .as_str()
            .unwrap()
            .contains("MaxRate is 1.5")
    );
}
