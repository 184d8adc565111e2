//! The front end's page in a browser: a learner's steps, and what the console shows of them.

use end_to_end::{Result, Stack, eventually, stack};
use serde_json::json;
use thirtyfour::prelude::*;
use tokio::task::JoinSet;

use crate::browser::{complaints, driver::Browser, page::PRELUDE};

pub(crate) const FRONT: &str = "x-ray-sample-front-k8s";
pub(crate) const BACK: &str = "x-ray-sample-back-k8s";

/// The front end's page in a browser.
pub(crate) struct FrontPage {
    pub(crate) stack: Stack,
    pub(crate) browser: Browser,
}

impl FrontPage {
    /// Opens the page with the fault panel.
    pub(crate) async fn open(width: u32) -> Result<Self> {
        let page = Self::of(Stack::start().await?, width).await?;
        eventually("the panel", async || Ok(page.find("#faults").await.ok())).await?;
        Ok(page)
    }

    /// Opens the page of a front end with these variables beside those that it needs.
    pub(crate) async fn open_with(variables: &[(&str, &str)]) -> Result<Self> {
        let mut stack = Stack::start().await?;
        let back = format!("http://{}", stack.back_address);
        let (daemon, console) = (stack.console.address.to_string(), stack.console.url(""));
        let needed = [
            ("LISTEN_ADDRESS", "127.0.0.1:0"),
            ("BACKEND_URL", &back),
            ("AWS_XRAY_DAEMON_ADDRESS", &daemon),
            ("OTEL_TRACES_SAMPLER", "always_on"),
            ("XRAY_CONSOLE_URL", &console),
        ];
        let all = [&needed[..], variables].concat();
        (stack.front, stack.front_address) = stack::start_service("frontend", &all).await?;
        Self::of(stack, 1280).await
    }

    /// Opens the page of services that run already.
    pub(crate) async fn of(stack: Stack, width: u32) -> Result<Self> {
        let browser = Browser::start(width, 1000).await?;
        browser.driver.goto(stack.front_url("/")).await?;
        Ok(Self { stack, browser })
    }

    pub(crate) async fn find(&self, css: &str) -> Result<WebElement> {
        Ok(self.browser.driver.find(By::Css(css)).await?)
    }

    pub(crate) async fn text(&self, css: &str) -> Result<String> {
        Ok(self.find(css).await?.text().await?)
    }

    pub(crate) async fn run(&self, script: &str) -> Result<serde_json::Value> {
        let answer = self.browser.driver.execute(script, vec![]).await?;
        Ok(answer.json().clone())
    }

    /// Waits until an expression, of what the page of the console shows, gives a value.
    pub(crate) async fn gives(&self, expression: &str, expected: serde_json::Value) -> Result<()> {
        let script = format!("{PRELUDE}return {expression};");
        let mut last = serde_json::Value::Null;
        let found = eventually(expression, async || {
            last = self.run(&script).await?;
            Ok((last == expected).then_some(()))
        });
        let found = found.await;
        found.map_err(|error| format!("{error}\n  expected {expected}\n  the last {last}").into())
    }

    /// Clicks on the first element of a selector with some words in it.
    pub(crate) async fn click_with(&self, css: &str, words: &str) -> Result<()> {
        let script = format!(
            "const found = [...document.querySelectorAll({})].find((one) => one.innerText.includes({}));
            found?.click();
            return Boolean(found);",
            json!(css),
            json!(words)
        );
        eventually(&format!("{css} with {words}"), async || {
            Ok((self.run(&script).await? == true).then_some(()))
        })
        .await
    }

    /// Ticks one of the page's switches, or clears it.
    pub(crate) async fn tick(&self, switch: &str, on: bool) -> Result<()> {
        let element = self.find(&format!("#{switch}")).await?;
        if element.is_selected().await? != on {
            element.click().await?;
        }
        Ok(())
    }

    /// Waits for the row of an answer to a question with this parameter that took so many milliseconds or more, and returns the
    /// address of its trace.
    pub(crate) async fn trace_of_a_new_row(&self, query: &str, least: f64) -> Result<String> {
        // Rows of questions before are not meant: from when on it asks with the parameter, the number of rows grows.
        let script = format!(
            "const asked = performance.getEntriesByType('resource').filter(({{ name }}) => new URL(name).search.includes({}));
            const traces = [...document.querySelectorAll('#rows tr')].slice(0, asked.length);
            const row = traces.find((one) => one.querySelector('a') && milliseconds(one.children[2].innerText) >= {least});
            return row?.querySelector('a').href ?? null;
            function milliseconds(text) {{ return parseFloat(text) * (text.endsWith(' ms') ? 1 : 1000); }}",
            json!(query)
        );
        eventually(&format!("a row of {query}"), async || {
            Ok(self.run(&script).await?.as_str().map(str::to_owned))
        })
        .await
    }

    /// Types a number into a field of the panel.
    pub(crate) async fn set(&self, field: &str, number: &str) -> Result<()> {
        let field = self.find(&format!("#fault-{field}")).await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(number).await?;
        Ok(())
    }

    pub(crate) async fn set_place(&self, place: &str) -> Result<()> {
        self.find("#fault-at").await?.send_keys(place).await?;
        Ok(())
    }

    pub(crate) async fn clear(&self) -> Result<()> {
        self.find("#faults button").await?.click().await?;
        Ok(())
    }

    /// Waits until the newest row shows this status.
    pub(crate) async fn newest_row_shows(&self, status: &str) -> Result<()> {
        eventually(&format!("a row with {status}"), async || {
            let shown = self.text("#rows tr:first-child td:nth-child(2)").await?;
            Ok((shown == status).then_some(()))
        })
        .await
    }

    /// Asks as the page does once it asks with these `parameters`, with its token, `number` times. The page asks on while somebody
    /// types: what it asked before with half of a number, or at the other end, is not meant.
    pub(crate) async fn ask_as_the_page(
        &self,
        parameters: &[(&str, &str)],
        number: usize,
    ) -> Result<()> {
        let script = format!(
            "const wanted = {};
            return performance.getEntriesByType('resource').map(({{ name }}) => name).findLast((name) => \
                wanted.every(([key, value]) => new URL(name).searchParams.get(key) === value)) ?? null",
            json!(parameters)
        );
        let url = eventually(&format!("a request with {parameters:?}"), async || {
            Ok(self.run(&script).await?.as_str().map(str::to_owned))
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

    /// Waits until a text of the page is right.
    pub(crate) async fn says(&self, css: &str, right: impl Fn(&str) -> bool) -> Result<()> {
        let mut last = String::new();
        let said = eventually(css, async || {
            last = self.text(css).await?;
            Ok(right(&last).then_some(()))
        });
        let said = said.await;
        said.map_err(|error| format!("{error}\n  the last {last}").into())
    }

    /// Types with the keyboard, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) -> Result<()> {
        let actions = self.browser.driver.action_chain();
        Ok(actions.send_keys(keys).perform().await?)
    }

    /// Presses Tab until the focus is on an element.
    pub(crate) async fn tab_to(&self, css: &str) -> Result<()> {
        for _ in 0..20 {
            self.keys(Key::Tab).await?;
            let script = format!("return document.activeElement.matches({})", json!(css));
            if self.run(&script).await? == true {
                return Ok(());
            }
        }
        Err(format!("Tab does not reach {css}").into())
    }

    /// Waits until the console lists a trace that an expression finds.
    pub(crate) async fn console_finds(&self, expression: &str) -> Result<()> {
        let mut url = reqwest::Url::parse(&self.stack.console.url("/"))?;
        let filter = url
            .query_pairs_mut()
            .append_pair("filter", expression)
            .finish()
            .query();
        let fragment = format!("/traces?{}", filter.unwrap_or_default().replace('+', "%20"));
        url.set_query(None);
        url.set_fragment(Some(&fragment));
        // Only a fragment would be another, and the page would not be loaded anew.
        self.browser.driver.goto("about:blank").await?;
        self.browser.driver.goto(url.as_str()).await?;
        eventually(expression, async || {
            Ok(self.find("[data-trace]").await.ok())
        })
        .await?;
        Ok(())
    }

    /// Forgets everything that the console has, as its button *Clear* does. Rows of questions before are not new after that.
    pub(crate) async fn clear_the_console(&self) -> Result<()> {
        let client = reqwest::Client::new();
        let answer = client.post(self.stack.console.url("/clear")).send();
        answer.await?.error_for_status()?;
        self.run("performance.clearResourceTimings()").await?;
        Ok(())
    }

    /// Looks at the service map of everything that the console has.
    pub(crate) async fn open_map(&self) -> Result<()> {
        let map = self.stack.console.url("/#/service-map");
        Ok(self.browser.driver.goto(map).await?)
    }

    /// Waits until a ring shows a share in this colour that is right.
    pub(crate) async fn ring(
        &self,
        node: &str,
        outcome: &str,
        right: impl Fn(f64) -> bool,
    ) -> Result<()> {
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

    pub(crate) async fn close(self, complaints: &[&str]) -> Result<()> {
        let hosts = [self.stack.front_address, self.stack.console.address];
        complaints::expect_none(self.browser, &hosts, complaints).await
    }
}
