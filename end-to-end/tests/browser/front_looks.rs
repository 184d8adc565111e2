//! Accessibility of the front end's page: by keyboard, on a telephone, with a screen reader, in both themes; and on a
//! public address.

use end_to_end::{Result, eventually, stack};
use thirtyfour::prelude::*;

use crate::browser::{
    axe,
    front_page::{BACK, FRONT, FrontPage as Page},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_is_used_by_keyboard_alone_and_fits_a_telephone() -> Result<()> {
    let page = Page::open(400).await?;
    page.find("#pause").await?.focus().await?;
    let keys = page.browser.driver.action_chain();
    // pause, error, throttle: 100 %.
    keys.send_keys(Key::Tab + "")
        .send_keys(Key::Tab + "")
        .key_down(Key::Control)
        .send_keys("a")
        .key_up(Key::Control)
        .send_keys("100")
        .perform()
        .await?;
    page.newest_row_shows("429").await?;
    // Its place, with a letter of its name.
    page.tab_to("#fault-at").await?;
    page.keys("b").await?;
    let place = page.find("#fault-at").await?.prop("value").await?;
    assert_eq!(place.as_deref(), Some("back"));
    let said = page.text("#faults-said").await?;
    assert_eq!(said, "ends by itself in 10 minutes");
    let width = page
        .run("return document.documentElement.scrollWidth")
        .await?;
    assert!(width.as_u64() <= Some(400), "the page is {width} wide");

    // Ten minutes later.
    page.run("const now = Date.now; Date.now = () => now() + 10 * 60 * 1000 + 1")
        .await?;
    page.newest_row_shows("200").await?;
    assert_eq!(
        page.find("#fault-throttle")
            .await?
            .prop("value")
            .await?
            .as_deref(),
        Some("0")
    );

    page.set("fault", "100").await?;
    page.newest_row_shows("502").await?;
    page.tab_to("#faults button").await?;
    page.keys(" ").await?;
    page.newest_row_shows("200").await?;
    page.tab_to("#status summary").await?;
    page.keys(Key::Enter + "").await?;
    page.says("#status pre", |said| said.contains("hop by hop"))
        .await?;
    page.tab_to("button.copy").await?;
    page.keys(Key::Enter + "").await?;
    page.says("#copied", |said| said.starts_with("copied 1-"))
        .await?;
    page.close(&["429 (Too Many Requests)", "502 (Bad Gateway)"])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_the_page_is_gravely_hard_to_use() -> Result<()> {
    let page = Page::open(1280).await?;
    page.find("#status summary").await?.click().await?;
    page.set("fault", "100").await?;
    page.newest_row_shows("500").await?;
    page.set("error", "120").await?;
    page.says("#faults-said", |said| said.starts_with("error: 120"))
        .await?;
    // It is black for everybody; what the browser draws itself follows the reader's theme.
    for theme in ["light", "dark"] {
        page.browser.prefer("prefers-color-scheme", theme).await?;
        for width in [400, 1280] {
            page.browser.resize(width, 1000).await?;
            axe::check_in(
                &page.browser,
                &format!("the sample's page, {theme}, {width} pixels"),
            )
            .await?;
            let beyond = page
                .run("return document.documentElement.scrollWidth - innerWidth")
                .await?;
            assert!(
                beyond.as_i64() <= Some(0),
                "{theme}, {width}: {beyond} pixels too wide"
            );
        }
    }
    let ground = page
        .run("return getComputedStyle(document.documentElement).backgroundColor")
        .await?;
    assert_eq!(ground, "rgb(0, 0, 0)");
    page.close(&["500 (Internal"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_page_has_no_panel_no_status_and_names_no_pod() -> Result<()> {
    let page = Page::open_with(&[("POD_NAME", "front-7c9f"), ("NODE_NAME", "node-1")]).await?;
    eventually("a row with a link", async || {
        Ok(page.find("#rows a").await.ok())
    })
    .await?;
    for id in ["#faults", "#status"] {
        assert!(page.find(id).await.is_err(), "{id}");
    }
    assert_eq!(page.text("#pod").await?, "");
    let columns =
        "return [...document.querySelectorAll('thead th')].map((cell) => cell.textContent)";
    let columns = page.run(columns).await?;
    assert_eq!(
        columns,
        serde_json::json!(["time", "status", "duration", "trace", "link"])
    );
    // The back end's pod is named "back"; the word is nowhere else on the page.
    let text = page
        .run("return document.documentElement.outerHTML")
        .await?;
    for pod in ["front-7c9f", ">back<", "node-1"] {
        assert!(!text.as_str().unwrap().contains(pod), "{pod}: {text}");
    }
    axe::check_in(&page.browser, "the public page").await?;
    // The header stays: it is what shows that requests reach every pod.
    let answer = reqwest::get(page.stack.front_url("/api")).await?;
    assert_eq!(answer.headers()["x-sample-pod"], "front-7c9f,back");
    page.close(&[]).await?;

    let page = Page::open(1280).await?;
    page.says("#rows tr:first-child", |row| {
        row.contains("front") && row.contains("back")
    })
    .await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_end_that_allows_no_faults_has_none() -> Result<()> {
    let mut page = Page::open(1280).await?;
    let address = page.stack.back_address.to_string();
    let daemon = page.stack.console.address.to_string();
    page.stack.back.kill().await?;
    let variables = [
        ("LISTEN_ADDRESS", address.as_str()),
        ("AWS_XRAY_DAEMON_ADDRESS", &daemon),
        ("OTEL_TRACES_SAMPLER", "always_on"),
    ];
    (page.stack.back, page.stack.back_address) =
        stack::start_service("backend", &variables).await?;
    page.set_place("back").await?;
    page.set("fault", "100").await?;
    let asked = "return performance.getEntriesByType('resource').filter((entry) => entry.name.includes('fault=fault%3A100&at=back')).length";
    eventually("three requests for faults", async || {
        Ok((page.run(asked).await?.as_u64() >= Some(3)).then_some(()))
    })
    .await?;
    page.newest_row_shows("200").await?;
    page.open_map().await?;
    page.ring(BACK, "ok", |share| share > 0.999).await?;
    page.ring(BACK, "fault", |share| share == 0.0).await?;
    page.ring(FRONT, "ok", |share| share > 0.0).await?;
    page.close(&["502 (Bad Gateway)"]).await
}
