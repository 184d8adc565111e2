//! Whatever the rules, the answers and the seconds are.

use super::*;

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
