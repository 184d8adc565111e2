//! Why traces failed, in the list of traces.

use end_to_end::Result;
use serde_json::json;

use crate::browser::{
    page::Page,
    traffic::{http, now, segment, send, with},
};

/// Why a trace failed stands in the colour of its sign: what a caller did wrong does not look like a fault of the service.
#[tokio::test(flavor = "multi_thread")]
async fn why_a_trace_failed_has_the_colour_of_its_outcome() -> Result<()> {
    let page = Page::start().await?;
    let failed = |status: u16| {
        let cause = json!({ "cause": { "exceptions": [
            { "id": "00000000000000ee", "type": "Refused", "message": format!("with {status}") } ] } });
        let request = http("GET", "http://shop.local/buy", status);
        segment("shop", now() - 10.0, 0.1, &with(request, &cause))
    };
    send(&page.console, &[500, 429, 404].map(failed)).await?;
    page.open("#/traces").await?;
    page.gives("text('.found')", "3 traces found").await?;
    let colour = "((element) => getComputedStyle(element).color)";
    page.gives(
        &format!("new Set(all('[data-trace] .cause').map({colour})).size"),
        3,
    )
    .await?;
    page.holds(&format!(
        "all('[data-trace]').every((row) => new Set([...row.querySelectorAll('.cause, .sign')].map({colour})).size === 1)"
    ))
    .await?;
    // A heading is none of them.
    page.holds(&format!(
        "{colour}(one('[role=columnheader].cause')) === {colour}(one('[role=columnheader].url'))"
    ))
    .await?;
    page.close(&[]).await
}
