//! The comparison of two traces.

use end_to_end::Result;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{http, now, part, segment, send, with},
};

/// A request to "shop" with the same three parts in order, some of which may be missing.
fn request(seconds: f64, parts: &[(&str, f64)], status: u16) -> Value {
    let start = now() - 2.0;
    let parts: Vec<Value> = parts
        .iter()
        .map(|(name, seconds)| part(name, start + 0.01, *seconds, &json!({})))
        .collect();
    segment(
        "shop",
        start,
        seconds,
        &with(
            http("GET", "http://shop.local/buy", status),
            &json!({ "subsegments": parts }),
        ),
    )
}

const LINES: &str =
    "all('.compare .window-list .row').map((row) => [...row.children].slice(0, 4).map(words))";

#[tokio::test(flavor = "multi_thread")]
async fn two_traces() -> Result<()> {
    let page = Page::start().await?;
    let fast = request(0.1, &[("look", 0.04), ("pack", 0.02)], 200);
    let slow = request(0.25, &[("look", 0.05), ("send", 0.15)], 500);
    send(&page.console, &[fast.clone(), slow.clone()]).await?;
    let [fast, slow] = [&fast, &slow].map(|segment| segment["trace_id"].as_str().unwrap());
    from_a_trace_to_a_second_one(&page, fast, slow).await?;
    parts_stand_in_pairs_with_their_differences(&page).await?;
    they_can_be_swapped(&page, fast, slow).await?;
    what_is_no_trace_is_named(&page, fast).await?;
    on_a_telephone_names_and_differences_stay(&page, fast, slow).await?;
    page.close(&[]).await
}

/// By keyboard alone.
async fn from_a_trace_to_a_second_one(page: &Page, fast: &str, slow: &str) -> Result<()> {
    page.open(&format!("#/traces/{fast}")).await?;
    page.holds("all('[data-row]').length === 3").await?;
    page.tab_to(".tools a").await?;
    page.keys(Key::Enter).await?;
    page.gives("location.hash", format!("#/compare?a={fast}"))
        .await?;
    page.gives(
        "text('.message')",
        "Choose the second trace, or give its id.",
    )
    .await?;
    // The traces of its URL are there to click on.
    page.holds(&format!(
        "one('.compare-offers a').title === '{slow}' && texts('.compare-offers li').length === 1"
    ))
    .await?;
    page.holds(&format!(
        "all('#recent option').some(({{ value }}) => value === '{slow}')"
    ))
    .await?;
    page.tab_to("[aria-label='Trace B']").await?;
    // The other spelling does too.
    let bare = slow.trim_start_matches("1-").replace('-', "");
    page.keys(bare).await?;
    page.keys(Key::Enter).await?;
    page.gives("params().b", slow).await
}

async fn parts_stand_in_pairs_with_their_differences(page: &Page) -> Result<()> {
    page.gives(
        LINES,
        json!([
            ["shop", "100 ms", "250 ms", "+150 ms (+150 %)"],
            ["look", "40 ms", "50 ms", "+10 ms (+25 %)"],
            ["pack only in A", "20 ms", "–", "–"],
            ["send only in B", "–", "150 ms", "–"],
        ]),
    )
    .await?;
    page.gives(
        "texts('.compare .window-list .row:first-child .sign')",
        json!(["✓", "✕"]),
    )
    .await?;
    page.gives(
        "all('.compare-head tbody tr').map((row) => [...row.children].map(words)).at(-1)",
        json!(["Parts", "3", "3", "1 only in A, 1 only in B"]),
    )
    .await?;
    // Both on one axis, each from its own start.
    page.holds(
        "(() => {
            const [a, b] = all('.compare .window-list .row:first-child .half').map((bar) => bar.getBoundingClientRect());
            return a.left === b.left && Math.abs(a.width / b.width - 0.4) < 0.01 && a.bottom <= b.top;
        })()",
    )
    .await
}

async fn they_can_be_swapped(page: &Page, fast: &str, slow: &str) -> Result<()> {
    page.click("form button[type=button]").await?;
    page.gives("[params().a, params().b]", json!([slow, fast]))
        .await?;
    page.gives(
        &format!("{LINES}[0]"),
        json!(["shop", "250 ms", "100 ms", "−150 ms (−60 %)"]),
    )
    .await
}

async fn what_is_no_trace_is_named(page: &Page, fast: &str) -> Result<()> {
    page.open(&format!("#/compare?a={fast}&b=nonsense")).await?;
    page.gives(
        "text('.message [role=alert]')",
        "✕ “nonsense” is not a trace id.",
    )
    .await?;
    let gone = "1-00000001-000000000000000000000001";
    page.go(&format!("#/compare?a={fast}&b={gone}")).await?;
    page.gives(
        "text('.message [role=alert]')",
        format!("✕ Trace {gone} is not in the store."),
    )
    .await
}

async fn on_a_telephone_names_and_differences_stay(
    page: &Page,
    fast: &str,
    slow: &str,
) -> Result<()> {
    page.browser.resize(400, 800).await?;
    page.open(&format!("#/compare?a={fast}&b={slow}")).await?;
    page.gives(
        &format!("{LINES}[1]"),
        json!(["look", "40 ms", "50 ms", "+10 ms (+25 %)"]),
    )
    .await?;
    page.holds("all('.compare .row > span').filter((cell) => cell.checkVisibility()).every((cell) => cell.getBoundingClientRect().right <= 400)").await
}
