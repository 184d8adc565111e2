//! The front end's fault panel and status of tracing: each control, and its effect at the console.

use end_to_end::{Result, Stack, eventually, stack};
use thirtyfour::prelude::*;
use tokio::task::JoinSet;

use crate::{complaints, driver::Browser};

const FRONT: &str = "x-ray-sample-front-k8s";
const BACK: &str = "x-ray-sample-back-k8s";

/// The front end's page in a browser.
struct Page {
    stack: Stack,
    browser: Browser,
}

impl Page {
    async fn open(width: u32) -> Result<Self> {
        let stack = Stack::start().await?;
        let browser = Browser::start(width, 1000).await?;
        browser.driver.goto(stack.front_url("/")).await?;
        let page = Self { stack, browser };
        eventually("the panel", async || Ok(page.find("#faults").await.ok())).await?;
        Ok(page)
    }

    async fn find(&self, css: &str) -> Result<WebElement> {
        Ok(self.browser.driver.find(By::Css(css)).await?)
    }

    async fn text(&self, css: &str) -> Result<String> {
        Ok(self.find(css).await?.text().await?)
    }

    async fn run(&self, script: &str) -> Result<serde_json::Value> {
        let answer = self.browser.driver.execute(script, vec![]).await?;
        Ok(answer.json().clone())
    }

    /// Types a number into a field of the panel.
    async fn set(&self, field: &str, number: &str) -> Result<()> {
        let field = self.find(&format!("#fault-{field}")).await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(number).await?;
        Ok(())
    }

    async fn set_place(&self, place: &str) -> Result<()> {
        self.find("#fault-at").await?.send_keys(place).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<()> {
        self.find("#faults button").await?.click().await?;
        Ok(())
    }

    /// Waits until the newest row shows this status.
    async fn newest_row_shows(&self, status: &str) -> Result<()> {
        eventually(&format!("a row with {status}"), async || {
            let shown = self.text("#rows tr:first-child td:nth-child(2)").await?;
            Ok((shown == status).then_some(()))
        })
        .await
    }

    /// Asks as the page asks at this moment, with its token, `number` times.
    async fn ask_as_the_page(&self, number: usize) -> Result<()> {
        let url = eventually("a request with a fault", async || {
            let script = "return performance.getEntriesByType('resource').map((entry) => entry.name)\
                .findLast((name) => name.includes('fault='))";
            Ok(self.run(script).await?.as_str().map(str::to_owned))
        })
        .await?;
        let cookie = self.run("return document.cookie").await?;
        let cookie = cookie.as_str().unwrap_or_default();
        let token = cookie.split('=').nth(1).unwrap_or_default();
        let client = reqwest::Client::new();
        for _ in 0..number / 50 {
            let mut calls = JoinSet::new();
            for _ in 0..50 {
                let request = client.get(&url).header("x-sample-token", token);
                calls.spawn(request.header("cookie", cookie).send());
            }
            for answer in calls.join_all().await {
                answer?.bytes().await?;
            }
        }
        Ok(())
    }

    /// Looks at the service map of everything that the console has.
    async fn open_map(&self) -> Result<()> {
        let map = self.stack.console.url("/#/service-map");
        Ok(self.browser.driver.goto(map).await?)
    }

    /// Waits until a ring shows a share in this colour that is right.
    async fn ring(&self, node: &str, outcome: &str, right: impl Fn(f64) -> bool) -> Result<()> {
        let arc =
            format!("[data-node='{node}']:not([data-type='client']) [data-share='{outcome}']");
        eventually(&format!("the {outcome} of {node}"), async || {
            let share: f64 = match self.find(&arc).await {
                Ok(arc) => arc.attr("data-value").await?.unwrap_or_default().parse()?,
                Err(_) => 0.0,
            };
            Ok(right(share).then_some(()))
        })
        .await
    }

    async fn close(self, complaints: &[&str]) -> Result<()> {
        let hosts = [self.stack.front_address, self.stack.console.address];
        complaints::expect_none(self.browser, &hosts, complaints).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_faults_is_that_share_of_the_ring_and_of_no_other() -> Result<()> {
    let page = Page::open(1280).await?;
    page.set("fault", "30").await?;
    page.set_place("back").await?;
    page.ask_as_the_page(600).await?;
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
    page.ring(BACK, "fault", |share| share == 0.0).await?;
    page.find("[data-node='127.0.0.1'][data-type='remote']")
        .await?;
    let injected = page
        .stack
        .console
        .url("/#/traces?filter=annotation.injected%20%3D%20%22unreachable%22");
    page.browser.driver.goto(injected).await?;
    eventually("the trace of the back end that was not there", async || {
        Ok(page.find("[data-trace]").await.ok())
    })
    .await?;
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
    page.close(&["429 (Too Many Requests)"]).await
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
async fn the_status_says_where_traces_go_and_an_id_can_be_copied() -> Result<()> {
    let page = Page::open(1280).await?;
    let daemon = page.stack.console.address;
    eventually("documents sent, none lost", async || {
        let status = page.text("#status summary").await?;
        let right = status.starts_with(&format!("daemon {daemon} · sent "))
            && status.contains("· lost 0 · sampled ");
        Ok((right && !status.contains("sent 0 ")).then_some(()))
    })
    .await?;
    page.find("#status summary")
        .await?
        .send_keys(Key::Enter + "")
        .await?;
    let explanation = page.text("#status pre").await?;
    assert!(
        explanation.contains(&format!("{daemon} is {daemon}")),
        "{explanation}"
    );
    assert_eq!(page.text("#pod").await?, "pod front");
    assert!(page.text("#version").await?.starts_with("x-ray-sample "));

    let button = page.find("#rows button.copy").await?;
    let id = button
        .attr("aria-label")
        .await?
        .unwrap()
        .replace("copy trace id ", "");
    button.click().await?;
    eventually("the copied id", async || {
        Ok((page.text("#copied").await? == format!("copied {id}")).then_some(()))
    })
    .await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_faults_are_not_allowed_there_is_nothing_of_it_on_the_page() -> Result<()> {
    let mut stack = Stack::start().await?;
    let (back, daemon) = (
        format!("http://{}", stack.back_address),
        stack.console.address.to_string(),
    );
    let variables = [
        ("LISTEN_ADDRESS", "127.0.0.1:0"),
        ("BACKEND_URL", &back),
        ("AWS_XRAY_DAEMON_ADDRESS", &daemon),
    ];
    (stack.front, stack.front_address) = stack::start_service("frontend", &variables).await?;
    let browser = Browser::start(1280, 1000).await?;
    browser.driver.goto(stack.front_url("/")).await?;
    eventually("a row", async || {
        Ok(browser.driver.find(By::Css("#rows tr")).await.ok())
    })
    .await?;
    for id in ["faults", "status"] {
        assert!(browser.driver.find(By::Id(id)).await.is_err(), "{id}");
    }
    assert_eq!(browser.driver.find(By::Id("pod")).await?.text().await?, "");
    complaints::expect_none(browser, &[stack.front_address, stack.console.address], &[]).await
}
