//! Random filter expressions.

use proptest::{prelude::*, sample::select};

pub(super) fn expression() -> impl Strategy<Value = String> {
    let of_all = select(vec![
        "ok",
        "error",
        "throttle",
        "fault",
        "partial",
        "inferred",
        "remote",
        "root",
        "responsetime > 50",
        "duration <= 90.25",
        "http.status = 404",
        r#"http.url CONTAINS "shop""#,
        r#"http.method = "GET""#,
        r#"user = "ann""#,
        r#"type = "AWS::EKS::Container""#,
        r#"name = "bank""#,
        r#"account.id = "123456789012""#,
    ]);
    let of_service = prop_oneof![
        of_all.clone(),
        select(vec![
            "error = false",
            r#"name ENDSWITH "k""#,
            r#"instance.id = "i-1""#,
            r#"message CONTAINS """#,
            r#"availabilityzone = "a""#,
        ])
    ];
    let on_edge = select(vec![
        "ok",
        "error",
        "fault",
        "throttle",
        "responsetime >= 60",
        "partial",
        "root",
        "inferred",
        "http.status = 404",
        r#"http.url CONTAINS "bank""#,
        r#"user = "ann""#,
        r#"message = "no cart""#,
    ]);
    let of_part = select(vec![
        "first",
        "last",
        "remote",
        "inferred",
        "index > 0",
        r#"name = "back""#,
    ]);
    let name = select(vec!["front", "back", "bank", "scores"]);
    let leaf = prop_oneof![
        of_all.prop_map(str::to_owned),
        select(vec![
            r#"annotation.tier = "gold""#,
            "annotation.vip",
            "annotation[size] < 5",
            r#"annotation.tier != "gold""#,
            r#"annotation.tier > "gold""#,
            r#"annotation.size CONTAINS """#,
            r#"resource.arn CONTAINS """#,
            r#"availabilityzone = "a""#,
            r#"instance.id BEGINSWITH "i""#,
            r#"message = "no cart""#,
        ])
        .prop_map(str::to_owned),
        (name.clone(), of_service)
            .prop_map(|(name, inner)| format!(r#"service("{name}") {{ {inner} }}"#)),
        (name.clone(), name, on_edge)
            .prop_map(|(from, to, inner)| format!(r#"edge("{from}", "{to}") {{ {inner} }}"#)),
        (
            select(vec!["fault", "error", "responsetime"]),
            select(vec!["service", "entity"]),
            of_part
        )
            .prop_map(|(cause, element, inner)| format!(
                "rootcause.{cause}.{element} {{ {inner} }}"
            )),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| format!("({left}) AND ({right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} OR {right})")),
            inner.prop_map(|inner| format!("!({inner})")),
        ]
    })
}
