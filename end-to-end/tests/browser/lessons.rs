//! The front end's fault panel: each control, and its effect at the console.

use end_to_end::{Result, eventually};
use thirtyfour::prelude::*;

use crate::browser::front_page::{BACK, FRONT, FrontPage as Page};

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_faults_is_that_share_of_the_ring_and_of_no_other() -> Result<()> {
    let page = Page::open(1280).await?;
    // The place first: the page asks on while it is filled in.
    page.set_place("back").await?;
    page.set("fault", "30").await?;
    page.ask_as_the_page(&[("fault", "fault:30"), ("at", "back")], 600)
        .await?;
    page.open_map().await?;
    let about_a_third = |share: f64| (0.2..=0.4).contains(&share);
    page.ring(BACK, "fault", about_a_third).await?;
    page.ring(BACK, "throttle", |share| share == 0.0).await?;
    // A back end that fails is a fault of the front end too: it answers 502.
    page.ring(FRONT, "fault", about_a_third).await?;
    page.close(&["502 (Bad Gateway)"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_fault_shows_in_the_row_and_on_the_map() -> Result<()> {
    let page = Page::open(1280).await?;
    for (kind, status) in [
        ("error", "400"),
        ("throttle", "429"),
        ("fault", "500"),
        ("timeout", "504"),
    ] {
        page.set(kind, "100").await?;
        page.newest_row_shows(status).await?;
        page.clear().await?;
    }
    page.set("latency", "100").await?;
    page.set("latency-ms", "700").await?;
    eventually("an answer that took long", async || {
        let duration = page.text("#rows tr:first-child td:nth-child(3)").await?;
        let milliseconds: Option<f64> = duration
            .strip_suffix(" ms")
            .and_then(|text| text.parse().ok());
        Ok((milliseconds >= Some(700.0)).then_some(()))
    })
    .await?;
    page.clear().await?;
    page.set_place("back").await?;
    page.set("throttle", "100").await?;
    page.newest_row_shows("429").await?;
    page.clear().await?;
    page.set("unreachable", "100").await?;
    page.newest_row_shows("502").await?;
    page.clear().await?;
    page.newest_row_shows("200").await?;
    eventually("a content face", async || {
        // The mood is that of the last minute, in which much went wrong.
        let mood = page.find("#face").await?.attr("data-mood").await?;
        Ok((mood.as_deref() == Some("dizzy")).then_some(()))
    })
    .await?;

    page.open_map().await?;
    page.ring(FRONT, "error", |share| share > 0.0).await?;
    page.ring(FRONT, "throttle", |share| share > 0.0).await?;
    page.ring(FRONT, "fault", |share| share > 0.0).await?;
    page.ring(BACK, "throttle", |share| share > 0.0).await?;
    for (theme, purple) in [
        ("light", "rgb(123, 63, 181)"),
        ("dark", "rgb(181, 138, 224)"),
    ] {
        let colour = format!(
            "document.documentElement.dataset.theme = '{theme}';
            return getComputedStyle(document.querySelector(\"[data-node='{BACK}'] [data-share='throttle']\")).stroke"
        );
        assert_eq!(page.run(&colour).await?, purple, "{theme}");
    }
    page.ring(BACK, "fault", |share| share == 0.0).await?;
    page.find("[data-node='127.0.0.1'][data-type='remote']")
        .await?;
    for kind in [
        "error",
        "throttle",
        "fault",
        "timeout",
        "latency",
        "unreachable",
    ] {
        page.console_finds(&format!("annotation.injected = \"{kind}\""))
            .await?;
    }
    // What was late is seen to be: on the front end, where it was asked for.
    let late = format!(
        "annotation.injected = \"latency\" AND service(\"{FRONT}\") {{ ok AND responsetime > 0.7 }}"
    );
    page.console_finds(&late).await?;
    let complaints = [
        "400 (Bad Request)",
        "429 (Too Many Requests)",
        "500 (Internal",
        "504 (Gateway",
        "502 (Bad",
    ];
    page.close(&complaints).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_injected_is_said_and_nothing_is() -> Result<()> {
    let page = Page::open(1280).await?;
    for (field, value, words) in [
        ("fault", "120", "fault: 120 is not a number from 0 to 100"),
        (
            "latency-ms",
            "-5",
            "latency-ms: -5 is not a number from 0 to 10000",
        ),
        ("error", "", "error: nothing is not a number from 0 to 100"),
    ] {
        page.set("timeout", "1").await?;
        page.set(field, value).await?;
        if value.is_empty() {
            page.find(&format!("#fault-{field}"))
                .await?
                .send_keys(Key::Delete + "")
                .await?;
        }
        eventually(words, async || {
            let said = page.text("#faults-said").await?;
            Ok((said == format!("{words}; until then nothing is injected")).then_some(()))
        })
        .await?;
        page.clear().await?;
    }
    page.set("fault", "60").await?;
    page.set("error", "60").await?;
    let said = page.text("#faults-said").await?;
    assert_eq!(
        said,
        "the shares are 120 % together; at most 100; until then nothing is injected"
    );
    page.newest_row_shows("200").await?;
    page.close(&["500 (Internal"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_ask_for_faults_beside_each_other() -> Result<()> {
    let page = Page::open(1280).await?;
    page.set("fault", "100").await?;
    page.newest_row_shows("500").await?;
    let first = page.browser.driver.window().await?;
    let second = page.browser.driver.new_tab().await?;
    page.browser.driver.switch_to_window(second).await?;
    page.browser.driver.goto(page.stack.front_url("/")).await?;
    eventually("the second panel", async || {
        Ok(page.find("#faults").await.ok())
    })
    .await?;
    page.set("error", "100").await?;
    page.newest_row_shows("400").await?;
    page.browser.driver.switch_to_window(first).await?;
    page.clear().await?;
    page.newest_row_shows("200").await?;
    page.set("throttle", "100").await?;
    page.newest_row_shows("429").await?;
    // Without the cookie, as after "delete cookies", there is a new one.
    page.browser.driver.delete_all_cookies().await?;
    page.clear().await?;
    page.set("fault", "100").await?;
    page.newest_row_shows("500").await?;
    page.close(&[
        "400 (Bad Request)",
        "429 (Too Many Requests)",
        "500 (Internal",
    ])
    .await
}
