use super::*;
use crate::sampling::Rules;

fn sampler(kind: SamplerKind) -> Sampler {
    let config = Config {
        sampler: kind,
        ..Config::new("shop")
    };
    assert_ne!(kind, SamplerKind::Xray, "that one asks a daemon");
    let (sampler, thread) = Sampler::start(&config, Resolver::default(), Arc::default()).unwrap();
    assert!(thread.is_none());
    sampler
}

fn by_rules(rules: Rules) -> Sampler {
    Sampler {
        is_parent_based: true,
        root: Root::Rules(Arc::new(CurrentRules::new(rules))),
    }
}

/// Rules that sample nothing.
fn nothing() -> Rules {
    let text = r#"{"version":2,"default":{"fixed_target":0,"rate":0}}"#;
    Rules::of_file(&text.parse().unwrap())
}

const TRACE: TraceId = TraceId::from_bytes([7; 16]);
const UNKNOWN: SpanSubject<'_> = SpanSubject(&[]);

#[test]
fn the_decision_of_the_caller_binds_unless_overridden() {
    for (sampler, yes, no, asked, none) in [
        (by_rules(nothing()), true, false, false, false),
        (sampler(SamplerKind::AlwaysOn), true, true, true, true),
        (sampler(SamplerKind::AlwaysOff), false, false, false, false),
        (
            sampler(SamplerKind::ParentBasedAlwaysOn),
            true,
            false,
            true,
            true,
        ),
        (
            sampler(SamplerKind::ParentBasedAlwaysOff),
            true,
            false,
            false,
            false,
        ),
        (sampler(SamplerKind::Ratio(0.0)), false, false, false, false),
        (
            sampler(SamplerKind::ParentBasedRatio(1.0)),
            true,
            false,
            true,
            true,
        ),
    ] {
        let decide = |caller| sampler.decide(caller, TRACE, &UNKNOWN, false).is_sampled;
        let decided = (
            decide(Some(Sampled::Yes)),
            decide(Some(Sampled::No)),
            decide(Some(Sampled::Requested)),
            decide(None),
        );
        assert_eq!(decided, (yes, no, asked, none), "{sampler:?}");
    }
}

#[test]
fn it_is_said_who_decided_and_why() {
    let why = |sampler: &Sampler, caller| {
        let decision = sampler.decide(caller, TRACE, &UNKNOWN, true);
        (decision.why.unwrap(), decision.rule)
    };
    let rules = by_rules(nothing());
    assert_eq!(
        why(&rules, Some(Sampled::Yes)).0,
        "decision=sampled; by=parent"
    );
    let dropped =
        r#"decision=dropped; by=rule; rule="default"; reservoir=0/0; rate=0; through=nothing"#;
    assert_eq!(
        why(&rules, Some(Sampled::Requested)),
        (dropped.to_owned(), None)
    );
    let fallback = r#"decision=sampled; by=fallback; rule="default"; reservoir=1/1; rate=0.05; through=reservoir"#;
    assert_eq!(
        why(&by_rules(Rules::default()), None),
        (fallback.to_owned(), None)
    );
    assert_eq!(
        why(&sampler(SamplerKind::AlwaysOff), None).0,
        "decision=dropped; by=sampler"
    );
    assert_eq!(rules.decide(None, TRACE, &UNKNOWN, false).why, None);
}

#[test]
fn a_ratio_chooses_its_share_of_ids() {
    let sampler = sampler(SamplerKind::Ratio(0.25));
    let chosen = (0..10_000_u128)
        .map(|id| TraceId::from((id + 1) * 0x9e37_79b9_7f4a_7c15_f39c))
        .filter(|id| sampler.decide(None, *id, &UNKNOWN, false).is_sampled)
        .count();
    assert!((2_300..2_700).contains(&chosen), "{chosen}");
}
