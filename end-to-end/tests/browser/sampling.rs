//! The sampling rules: creating, changing and deleting them; services' reports.

use end_to_end::{Pair, Result, eventually};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{page::Page, traffic::now};

const NAMES: &str = "all('[data-rule-body]').map(({ dataset }) => dataset.ruleBody)";
const VALUES: &str =
    "all('[data-rule-body] tr:first-child').map((row) => [...row.children].map(words))";

#[tokio::test(flavor = "multi_thread")]
async fn the_sampling_rules() -> Result<()> {
    let page = Page::start().await?;
    page.open("#/traces").await?;
    page.keys("s").await?;
    page.gives("document.title", "Sampling – X-Ray console")
        .await?;
    page.gives(
        VALUES,
        json!([[
            "Default", "10000", "1/s", "100 %", "*", "*", "*", "*", "*", "*", "–"
        ]]),
    )
    .await?;
    a_rule_is_made_by_keyboard_and_mistakes_are_said_at_their_fields(&page).await?;
    a_rule_is_changed(&page).await?;
    of_the_default_rule_only_two_members_can_be_changed(&page).await?;
    what_clients_report_is_shown_in_columns(&page).await?;
    a_name_is_text(&page).await?;
    a_rule_is_deleted_once_it_was_asked(&page).await?;
    on_a_telephone_nothing_is_cut_off(&page).await?;
    page.close(&["400 (Bad Request)"]).await
}

async fn a_rule_is_made_by_keyboard_and_mistakes_are_said_at_their_fields(
    page: &Page,
) -> Result<()> {
    page.keys("n").await?;
    page.gives(
        "[text('.panel h2'), document.activeElement.id]",
        json!(["New rule", "RuleName"]),
    )
    .await?;
    page.gives("text('.editor .primary')", "Create").await?;
    for (field, wrong, said, right) in [
        (
            "RuleName",
            "",
            "RuleName has 0 characters; it must have 1 to 32",
            "checkout",
        ),
        ("Priority", "0", "Priority is 0; it must be 1 to 9999", "20"),
        (
            "FixedRate",
            "1.5",
            "FixedRate is 1.5; it must be 0 to 1",
            "0.1",
        ),
        (
            "HTTPMethod",
            "ELEVENCHARS",
            "HTTPMethod has 11 characters; it must have at most 10",
            "POST",
        ),
    ] {
        page.fill(&format!("#{field}"), wrong).await?;
        page.keys(Key::Enter).await?;
        page.gives(&format!("text('#{field}-error')"), said).await?;
        page.gives("all('[aria-invalid]').map(({ id }) => id)", json!([field]))
            .await?;
        page.gives("document.activeElement.id", field).await?;
        page.fill(&format!("#{field}"), right).await?;
    }
    page.fill("#Attributes", "tenant=gold, ring = 1").await?;
    page.keys(Key::Enter).await?;
    page.holds("one('.panel').hidden").await?;
    page.gives(
        &format!("{VALUES}[0]"),
        json!([
            "checkout",
            "20",
            "1/s",
            "10 %",
            "*",
            "*",
            "*",
            "POST",
            "*",
            "*",
            "ring = 1, tenant = gold"
        ]),
    )
    .await?;
    page.gives(NAMES, json!(["checkout", "Default"])).await?;
    // A second one of that name is refused as a whole.
    page.keys("n").await?;
    page.fill("#RuleName", "checkout").await?;
    page.keys(Key::Enter).await?;
    page.holds("texts('.field-error').some((words) => words.includes('RuleName is checkout; there is a sampling rule'))")
        .await?;
    page.keys(Key::Escape).await?;
    page.holds("one('.panel').hidden").await
}

async fn a_rule_is_changed(page: &Page) -> Result<()> {
    page.click("[data-rule=checkout]").await?;
    page.gives(
        "[text('.panel h2'), one('#RuleName').readOnly, one('#Attributes').value]",
        json!(["Rule checkout", true, "ring=1, tenant=gold"]),
    )
    .await?;
    page.fill("#ReservoirSize", "3").await?;
    page.keys(Key::Enter).await?;
    page.gives(&format!("{VALUES}[0][2]"), "3/s").await?;
    let rules = page.console.call("/GetSamplingRules", json!({})).await?;
    let rule = &rules["SamplingRuleRecords"][0]["SamplingRule"];
    assert_eq!(
        [
            &rule["ReservoirSize"],
            &rule["FixedRate"],
            &rule["Priority"]
        ],
        [&json!(3), &json!(0.1), &json!(20)]
    );
    Ok(())
}

async fn of_the_default_rule_only_two_members_can_be_changed(page: &Page) -> Result<()> {
    page.click("[data-rule=Default]").await?;
    page.gives(
        "all('.editor input').filter(({ readOnly }) => !readOnly).map(({ id }) => id)",
        json!(["ReservoirSize", "FixedRate"]),
    )
    .await?;
    page.holds("!texts('.editor button').includes('Delete')")
        .await?;
    page.fill("#FixedRate", "0.05").await?;
    page.keys(Key::Enter).await?;
    page.gives(&format!("{VALUES}[1][3]"), "5 %").await
}

async fn what_clients_report_is_shown_in_columns(page: &Page) -> Result<()> {
    let report = |client: &str, requests: u32, sampled: u32, borrowed: u32| -> Value {
        json!({ "RuleName": "checkout", "ClientID": client, "Timestamp": now(), "RequestCount": requests, "SampledCount": sampled, "BorrowCount": borrowed })
    };
    let [first, second] = ["00000000000000000000000a", "00000000000000000000000b"];
    let reports = json!({ "SamplingStatisticsDocuments": [report(first, 60, 20, 5), report(second, 40, 5, 0)] });
    page.console.call("/SamplingTargets", reports).await?;
    page.go("#/wire").await?;
    page.go("#/sampling").await?;
    page.gives(
        "texts('[data-rule-body=checkout] [data-sum]')",
        json!(["100 matched", "25 sampled", "5 borrowed"]),
    )
    .await?;
    // The shares of the tallest column are those of its numbers.
    page.holds(
        "(() => {
            const height = (name) => one(`[data-rule-body=checkout] rect.${name}`).getBoundingClientRect().height;
            return Math.abs(height('sampled') / height('matched') - 0.25) < 0.1 && height('borrowed') < height('sampled');
        })()",
    )
    .await?;
    let clients: Vec<String> = page
        .read("texts('[data-rule-body=checkout] .clients li')")
        .await?;
    assert_eq!(clients.len(), 2, "{clients:?}");
    assert!(
        clients.iter().any(|client| client.starts_with(first)),
        "{clients:?}"
    );
    assert!(
        clients
            .iter()
            .all(|client| client.contains(" ago, may take ")),
        "{clients:?}"
    );
    page.holds("text('[data-rule-body=Default]').includes('No client has asked')")
        .await
}

async fn a_name_is_text(page: &Page) -> Result<()> {
    let name = "<img src=x onerror=x()>\"']";
    page.keys("n").await?;
    page.fill("#RuleName", name).await?;
    page.keys(Key::Enter).await?;
    page.gives(NAMES, json!(["checkout", name, "Default"]))
        .await?;
    page.gives("all('img').length", 0).await
}

async fn a_rule_is_deleted_once_it_was_asked(page: &Page) -> Result<()> {
    page.run("all('[data-rule]')[1].click()").await?;
    page.click(".editor button[type=button]").await?;
    page.browser.driver.dismiss_alert().await?;
    page.gives(&format!("{NAMES}.length"), 3).await?;
    page.click(".editor button[type=button]").await?;
    page.browser.driver.accept_alert().await?;
    page.gives(NAMES, json!(["checkout", "Default"])).await
}

async fn on_a_telephone_nothing_is_cut_off(page: &Page) -> Result<()> {
    page.browser.resize(400, 800).await?;
    page.holds("all('.sampling-view td, .columns svg').every((one) => one.getBoundingClientRect().right <= 400)").await?;
    page.click("[data-rule=checkout]").await?;
    page.holds("all('.editor input').every((one) => one.getBoundingClientRect().right <= 400)")
        .await
}

/// Waits until a request is traced, or is not.
async fn is_sampled(url: &str, wanted: bool) -> Result<()> {
    eventually(
        &format!("a request of which it is {wanted} that it is traced"),
        async || {
            let answer = reqwest::get(url).await?;
            let flags = answer.headers()["traceresponse"].to_str()?;
            Ok((flags.ends_with("-01") == wanted).then_some(()))
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_made_on_the_page_turns_tracing_off_and_without_it_it_is_on_again() -> Result<()> {
    let page = Page::start().await?;
    let variables = [
        (
            "AWS_XRAY_DAEMON_ADDRESS",
            &*page.console.address.to_string(),
        ),
        ("OTEL_TRACES_SAMPLER_ARG", "polling_interval=1"),
    ];
    let pair = Pair::start(&variables).await?;
    let url = format!("http://{}/api", pair.front_address);
    is_sampled(&url, true).await?;
    page.open("#/sampling").await?;
    page.gives(NAMES, json!(["Default"])).await?;
    page.keys("n").await?;
    for (field, value) in [
        ("RuleName", "no-api"),
        ("Priority", "1"),
        ("ReservoirSize", "0"),
        ("FixedRate", "0"),
        ("URLPath", "/api"),
    ] {
        page.fill(&format!("#{field}"), value).await?;
    }
    page.keys(Key::Enter).await?;
    page.gives(NAMES, json!(["no-api", "Default"])).await?;
    is_sampled(&url, false).await?;

    page.click("[data-rule=no-api]").await?;
    page.click(".editor button[type=button]").await?;
    page.browser.driver.accept_alert().await?;
    page.gives(NAMES, json!(["Default"])).await?;
    is_sampled(&url, true).await?;
    page.close(&[]).await
}
