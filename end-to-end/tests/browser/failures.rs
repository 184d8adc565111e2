//! Invalid input and failures: clear messages, and the page keeps working.

use end_to_end::{Console, Result};
use serde_json::json;

use crate::browser::{
    page::Page,
    proxy::{Mode, Proxy},
    traffic::{now, segment, send},
};

const SAID: &str = "text('.message [role=alert]')";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_trace_no_filter_and_no_time_is_said() -> Result<()> {
    // A store that holds two traces, so that the third makes the first go.
    let page = Page::of(Console::start_with(&["--max-traces", "2"]).await?).await?;
    page.open("#/traces").await?;
    fragments_that_name_no_trace(&page).await?;
    time_ranges_that_are_none(&page).await?;
    a_trace_that_is_evicted_while_it_is_read(&page).await?;
    page.close(&["404 (Not Found)", "400 (Bad Request)"]).await
}

async fn fragments_that_name_no_trace(page: &Page) -> Result<()> {
    page.go("#/traces/nonsense").await?;
    page.holds(&format!(
        "{SAID}.startsWith('✕ “nonsense” is not a trace id. One looks like 1-')"
    ))
    .await?;
    page.go("#/traces/%E0%A4%A").await?;
    page.holds(&format!(
        "{SAID}.startsWith('✕ “%E0%A4%A” is not a trace id.')"
    ))
    .await?;
    let shop = segment("shop", now() - 0.2, 0.1, &json!({}));
    let id = shop["trace_id"].as_str().unwrap();
    for tail in ["", "/raw"] {
        page.go(&format!("#/traces/{id}{tail}")).await?;
        page.holds(&format!(
            "{SAID}.startsWith('✕ Trace {id} is not in the store.')"
        ))
        .await?;
        page.gives(
            "texts('.message .actions a')",
            json!(["All traces", "Last datagrams"]),
        )
        .await?;
        // The keys of a trace do nothing; an error in them would be in the browser's log.
        page.keys("][e/").await?;
    }
    // It says that it shows the trace as soon as it arrives, and does.
    page.go(&format!("#/traces/{id}")).await?;
    send(&page.console, std::slice::from_ref(&shop)).await?;
    page.gives("all('[data-row]').length", 1).await?;
    page.gives(SAID, json!(null)).await
}

async fn time_ranges_that_are_none(page: &Page) -> Result<()> {
    for range in [
        "yesterday",
        "PT",
        "PT5M~",
        "2026-01-02T00:00~2026-01-01T00:00",
    ] {
        for view in ["traces", "service-map"] {
            page.go(&format!("#/{view}?timeRange={range}")).await?;
            page.holds(&format!(
                "{SAID}?.startsWith('✕ timeRange={range} is not a time range. Use PT5M')"
            ))
            .await?;
        }
    }
    page.choose(".range", "PT5M").await?;
    page.holds("all('.node').length > 0").await
}

async fn a_trace_that_is_evicted_while_it_is_read(page: &Page) -> Result<()> {
    let first = segment("first", now() - 0.5, 0.1, &json!({}));
    let id = first["trace_id"].as_str().unwrap();
    send(&page.console, std::slice::from_ref(&first)).await?;
    page.go(&format!("#/traces/{id}")).await?;
    page.gives(
        "all('[data-row]').map(({ dataset }) => dataset.name)",
        json!(["first"]),
    )
    .await?;
    let others =
        ["second", "third", "fourth"].map(|name| segment(name, now() - 0.1, 0.1, &json!({})));
    send(&page.console, &others).await?;
    page.go(&format!("#/traces/{id}?again")).await?;
    page.holds(&format!(
        "{SAID}?.startsWith('✕ Trace {id} is no longer in the store')"
    ))
    .await?;
    // What was read before can still be read, raw data too.
    page.gives("all('[data-row]').length", 1).await?;
    page.click("[data-row]").await?;
    page.gives("text('.panel h2')", "first").await?;
    page.go("#/traces").await?;
    page.gives("all('[data-trace]').length", 2).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_answers_500_nonsense_or_nothing_is_named_and_asked_again() -> Result<()> {
    let mut console = Console::start().await?;
    let shop = segment("shop", now() - 0.5, 0.1, &json!({}));
    send(&console, std::slice::from_ref(&shop)).await?;
    let proxy = Proxy::start(console.address).await?;
    console.address = proxy.address;
    let page = Page::of(console).await?;
    let id = shop["trace_id"].as_str().unwrap();
    page.open("#/wire").await?;
    for (mode, said) in [
        (Mode::Error, "answered 500"),
        (Mode::Nonsense, "is not JSON"),
        (Mode::Nothing, "does not answer at"),
    ] {
        for (fragment, ready) in [
            ("#/service-map".to_owned(), ".node"),
            ("#/traces".to_owned(), "[data-trace]"),
            (format!("#/traces/{id}"), "[data-row]"),
            (
                format!("#/compare?a={id}&b={id}"),
                ".compare .window-list .row",
            ),
        ] {
            proxy.fail(mode);
            page.go("#/wire").await?;
            page.holds("all('.wire .window-list .row').length === 1")
                .await?;
            page.go(&fragment).await?;
            page.holds(&format!("{SAID}?.includes('{said}') ?? false"))
                .await
                .map_err(|error| format!("{fragment}: {error}"))?;
            if mode == Mode::Error {
                page.holds(&format!("{SAID}.includes('the store is on fire')"))
                    .await?;
            }
            // By itself it asks again.
            proxy.fail(Mode::Through);
            page.holds(&format!("all('{ready}').length > 0")).await?;
            page.gives(SAID, json!(null)).await?;
        }
    }
    page.close(&["500 (Internal Server Error)", "net::ERR_EMPTY_RESPONSE"])
        .await
}
