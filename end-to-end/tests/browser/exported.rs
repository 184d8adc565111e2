//! What an exported trace says to those who did not see it in the console.

use end_to_end::Result;
use serde_json::json;

use crate::browser::{
    page::Page,
    traffic::{http, now, part, segment, send, with},
};

/// The page shows what was sent; the file, which is passed around, has no passwords.
#[tokio::test(flavor = "multi_thread")]
async fn an_exported_trace_has_no_secrets() -> Result<()> {
    let page = Page::start().await?;
    let start = now() - 10.0;
    let failed = json!({ "namespace": "remote", "fault": true, "cause": { "exceptions": [
        { "id": "00000000000000ee", "type": "Denied", "message": "no access to postgres://app:hunter2@db/shop" } ] } });
    let more = json!({
        "metadata": { "default": { "headers": { "authorization": "Bearer hunter2" }, "cart": "3 apples" } },
        "subsegments": [part("db", start, 0.1, &failed)],
    });
    let request = http("GET", "http://shop.local/reset?token=hunter2&page=2", 500);
    let trace = segment("shop", start, 0.2, &with(request, &more));
    send(&page.console, std::slice::from_ref(&trace)).await?;
    let id = trace["trace_id"].as_str().unwrap();
    page.open(&format!("#/traces/{id}")).await?;
    page.holds("document.body.innerText.includes('token=hunter2')")
        .await?;
    page.open_exported(id).await?;
    page.run("all('details').forEach((one) => { one.open = true; })")
        .await?;
    for shown in [
        "token=***&page=2",
        "no access to postgres://app:***@db/shop",
        "3 apples",
        "are hidden",
    ] {
        page.holds(&format!(
            "document.body.innerText.includes({})",
            json!(shown)
        ))
        .await?;
    }
    page.holds("!document.documentElement.outerHTML.includes('hunter2')")
        .await?;
    the_times_above_do_not_overlap(&page).await?;
    page.close(&[]).await
}

/// Nothing in the file can count how many of them have room.
async fn the_times_above_do_not_overlap(page: &Page) -> Result<()> {
    const TICKS: &str = "all('.tick').filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect())";
    for width in [1280, 768, 375] {
        page.browser.resize(width, 800).await?;
        page.gives("innerWidth", width).await?;
        page.holds(&format!(
            "(({{ length }}) => length > 0)({TICKS}) && {TICKS}.every((one, at, all) => at === 0 || all[at - 1].right <= one.left)"
        ))
        .await
        .map_err(|error| format!("at {width}: {error}"))?;
    }
    Ok(())
}
