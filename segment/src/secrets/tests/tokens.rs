//! Tokens that are known by how they begin. They are put together here, so that no scanner takes them for real ones.

use super::super::hide;

fn tokens() -> Vec<String> {
    let letters = |length: usize| "aB3dE6gH".repeat(12)[..length].to_owned();
    let hexadecimal = |length: usize| "0a1b2c3d".repeat(12)[..length].to_owned();
    let capitals = &"IOSFODNN7EXAMPLE";
    vec![
        format!("ghp_{}", letters(36)),
        format!("gho_{}", letters(36)),
        format!("ghu_{}", letters(36)),
        format!("ghs_{}", letters(36)),
        format!("ghr_{}", letters(76)),
        format!("github_pat_{}_{}", letters(22), letters(59)),
        format!("npm_{}", letters(36)),
        format!("sk_live_{}", letters(24)),
        format!("rk_test_{}", letters(24)),
        format!("shpat_{}", hexadecimal(32)),
        format!("dop_v1_{}", hexadecimal(64)),
        format!("glpat-{}", letters(20)),
        format!("glpat-{}.01.{}", letters(27), hexadecimal(9)),
        format!("gldt-{}", letters(20)),
        format!("glrt-{}", letters(20)),
        format!("glptt-{}", letters(40)),
        format!("glcbt-64_{}", letters(20)),
        format!("xoxb-123456789012-123456789012-{}", letters(24)),
        format!("xoxp-123456789012-{}", letters(32)),
        format!("xapp-1-A0123456789-{}", hexadecimal(64)),
        format!("pypi-{}", letters(90)),
        format!("sk-{}", letters(48)),
        format!("sk-proj-{}_{}", letters(40), letters(40)),
        format!("sk-ant-api03-{}-{}AA", letters(50), letters(40)),
        format!("AKIA{capitals}"),
        format!("ASIA{capitals}"),
        format!("AIza{}", letters(35)),
    ]
}

#[test]
fn a_token_is_hidden_wherever_it_stands() {
    for token in tokens() {
        for place in [
            "{}",
            "the token {} was refused",
            "refused: {}.",
            "/webhooks/{}/push",
            "https://api.example/v1/{}?page=2",
            r#"{"message":"{}"}"#,
            "[{}, other]",
            "('{}')",
            "a\n{}\nb",
            "é{}é",
        ] {
            let text = place.replace("{}", &token);
            let clean = hide(text.as_str().into());
            assert_eq!(clean, place.replace("{}", "***"), "{text}");
            assert_eq!(hide(clean.clone()), clean);
        }
    }
}

#[test]
fn an_access_key_is_hidden_with_its_secret() {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY";
    let secret = &secret[..40];
    for between in [":", " ", ", ", "\t", "\":\""] {
        let text = format!("keys AKIAIOSFODNN7EXAMPLE{between}{secret} of a user");
        assert_eq!(hide(text.as_str().into()), "keys *** of a user", "{text}");
    }
}

#[test]
fn what_only_begins_like_a_token_is_none() {
    for text in [
        "ghp_short",
        "github_pattern_of_names_that_are_long_enough_to_be_one",
        "npm_config_some_very_long_name_of_a_setting_of_npm",
        "sk_test_connection_pool_with_very_many_workers",
        "risk-assessment-2026-11-29-of-the-whole-company-1a2b3c",
        "task-7f8d9e0a1b2c3d4e5f6a7b8c",
        "disk-usage-7f8d9e0a1b2c3d4e5f6a7b8c",
        "sk-learn-model-v1-2-3-release-candidate-of-2026",
        "sk-550e8400-e29b-41d4-a716-446655440000",
        "sk-SK",
        "xoxb-not-a-real-token-this-will-not-work",
        "glpat-too-short",
        "my-glpat-abcdefghij0123456789",
        "AKIA",
        "AKIA is how access key ids begin",
        "AKIAIOSFODNN7EXAMPL",
        "AKIAIOSFODNN7EXAMPLE1",
        "BAKIAIOSFODNN7EXAMPLE",
        "AKIAiosfodnn7example",
        "4N3K3VC6KRA1SS2ET7SVQ1JGJBVV4KQNSO5AEMVJF66Q9ASUAAJG",
        "shop-7d9c5b8f6d-x2x4z.default.svc.cluster.local",
        "550e8400-e29b-41d4-a716-446655440000",
        "pypi-simple-index-of-the-company",
        "x-amz-request-id-and-other-headers",
    ] {
        assert_eq!(hide(text.into()), text);
    }
}
