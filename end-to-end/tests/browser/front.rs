//! The front end's page, and its links to the trace and the map.

use end_to_end::{Result, Stack, eventually};
use thirtyfour::prelude::*;

use crate::browser::{complaints, driver::Browser};

const FRONT: &str = "x-ray-sample-front-k8s";
const BACK: &str = "x-ray-sample-back-k8s";

/// Returns the share that a ring shows in one colour, 0 if it does not.
async fn share(browser: &Browser, node: &str, outcome: &str) -> Result<f64> {
    let selector =
        format!("[data-node='{node}']:not([data-type='client']) [data-share='{outcome}']");
    match browser.driver.find_all(By::Css(selector)).await?.first() {
        Some(arc) => Ok(arc.attr("data-value").await?.unwrap_or_default().parse()?),
        None => Ok(0.0),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_page_to_the_trace_and_the_map_and_through_an_outage() -> Result<()> {
    let mut stack = Stack::start().await?;
    let browser = Browser::start(1280, 900).await?;
    browser.driver.goto(stack.front_url("/")).await?;

    // The numbers change twice.
    let answer = browser.driver.find(By::Id("answer")).await?;
    let mut seen = Vec::new();
    eventually("three different answers", async || {
        let text = answer.text().await?;
        if text.contains("\"random\":") && !seen.contains(&text) {
            seen.push(text);
        }
        Ok((seen.len() == 3).then_some(()))
    })
    .await?;

    // "open trace" leads to the four rows.
    let link = browser.driver.find(By::Css("a[data-trace]")).await?;
    let href = link.attr("href").await?.unwrap();
    assert!(
        href.starts_with(&stack.console.url("/#/traces/1-")),
        "{href}"
    );
    let front_tab = browser.driver.window().await?;
    link.click().await?;
    let trace_tab = eventually("a second tab", async || {
        Ok(browser
            .driver
            .windows()
            .await?
            .into_iter()
            .find(|tab| *tab != front_tab))
    })
    .await?;
    browser.driver.switch_to_window(trace_tab).await?;
    let names = eventually("four rows", async || {
        let mut names = Vec::new();
        for row in browser.driver.find_all(By::Css("[data-row]")).await? {
            names.push(row.attr("data-name").await?.unwrap_or_default());
        }
        Ok((names.len() == 4).then_some(names))
    })
    .await?;
    assert_eq!(
        names,
        [FRONT, "127.0.0.1", BACK, "x-ray-sample-back-k8s-gen"]
    );

    // The map: two rings and the arrow between them.
    browser
        .driver
        .goto(stack.console.url("/#/service-map"))
        .await?;
    eventually("two green rings and an arrow", async || {
        let green =
            share(&browser, FRONT, "ok").await? > 0.99 && share(&browser, BACK, "ok").await? > 0.99;
        let arrow = browser
            .driver
            .find_all(By::Css(format!("[data-edge='{FRONT} → {BACK}']")))
            .await?;
        Ok((green && arrow.len() == 1).then_some(()))
    })
    .await?;
    let map_tab = browser.driver.window().await?;

    // The back end dies: the row says 502, the ring turns red, the page goes on asking.
    stack.back.kill().await?;
    browser.driver.switch_to_window(front_tab.clone()).await?;
    let failed = async || browser.driver.find_all(By::Css("tr.failed")).await;
    eventually("two rows with 502", async || {
        let rows = failed().await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok((rows.len() >= 2 && row.text().await?.contains("502")).then_some(()))
    })
    .await?;
    let said = browser.driver.find(By::Id("error")).await?.text().await?;
    assert_eq!(said, "502: the back end cannot be reached");
    browser.driver.switch_to_window(map_tab.clone()).await?;
    eventually("a red part of the front's ring", async || {
        Ok((share(&browser, FRONT, "fault").await? > 0.0).then_some(()))
    })
    .await?;
    let at_worst = share(&browser, FRONT, "fault").await?;

    // It comes back: the newest row says 200 and the red part shrinks.
    stack.restart_back().await?;
    browser.driver.switch_to_window(front_tab).await?;
    eventually("a row with 200 on top", async || {
        let row = browser.driver.find(By::Css("#rows tr:first-child")).await?;
        Ok((row.attr("class").await?.unwrap_or_default().is_empty()
            && row.text().await?.contains("200"))
        .then_some(()))
    })
    .await?;
    browser.driver.switch_to_window(map_tab).await?;
    eventually("less red again", async || {
        Ok((share(&browser, FRONT, "fault").await? < at_worst).then_some(()))
    })
    .await?;

    complaints::expect_none(
        browser,
        &[stack.front_address, stack.console.address],
        &["502 (Bad Gateway)"],
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_not_sampled_and_hands_its_parameters_on() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start(400, 800).await?;
    browser
        .driver
        .goto(stack.front_url("/?slow=true&repeat=true"))
        .await?;
    for name in ["slow", "repeat"] {
        let ticked = browser
            .driver
            .find(By::Id(name))
            .await?
            .prop("checked")
            .await?;
        assert_eq!(ticked.as_deref(), Some("true"), "{name}");
    }
    eventually("an array of answers", async || {
        let text = browser.driver.find(By::Id("answer")).await?.text().await?;
        Ok(text.starts_with("[{").then_some(()))
    })
    .await?;
    let width = browser
        .driver
        .execute("return document.documentElement.scrollWidth", vec![])
        .await?;
    assert!(
        width.json().as_u64() <= Some(400),
        "the page is {:?} wide",
        width.json()
    );
    complaints::expect_none(browser, &[stack.front_address, stack.console.address], &[]).await
}
