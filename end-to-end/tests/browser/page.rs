//! The console's page in a browser: what readers do and see.

use end_to_end::{Console, Result, eventually};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{complaints, driver::Browser};

/// What the scripts of the tests share. Only what is visible has a text.
pub(crate) const PRELUDE: &str = "
    const one = (selector) => document.querySelector(selector);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const words = (element) => (element.innerText ?? element.textContent).trim();
    const texts = (selector) => all(selector).filter((element) => element.checkVisibility()).map(words);
    const text = (selector) => texts(selector)[0] ?? null;
    const params = () => Object.fromEntries(new URLSearchParams(location.hash.split('?')[1] ?? ''));
";

/// A browser on a console of its own.
pub(crate) struct Page {
    pub(crate) browser: Browser,
    pub(crate) console: Console,
}

impl Page {
    /// Starts a console without flags and a browser.
    pub(crate) async fn start() -> Result<Self> {
        Self::of(Console::start().await?).await
    }

    /// Starts a browser of 1280 by 900 pixels before a console.
    pub(crate) async fn of(console: Console) -> Result<Self> {
        let browser = Browser::start(1280, 900).await?;
        Ok(Self { browser, console })
    }

    /// Loads the page with a fragment: `#/traces`.
    pub(crate) async fn open(&self, fragment: &str) -> Result<()> {
        self.browser.driver.goto("about:blank").await?;
        let url = self.console.url(&format!("/{fragment}"));
        self.browser.driver.goto(url).await?;
        Ok(())
    }

    /// Goes to a fragment on the page that is open, as a link does.
    pub(crate) async fn go(&self, fragment: &str) -> Result<()> {
        self.run(&format!("location.hash = {}", json!(fragment)))
            .await
    }

    /// Runs a script for its effect.
    pub(crate) async fn run(&self, script: &str) -> Result<()> {
        let script = format!("{PRELUDE}{script}");
        self.browser.driver.execute(script, vec![]).await?;
        Ok(())
    }

    /// Returns what an expression gives.
    pub(crate) async fn read<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let script = format!("{PRELUDE}return {expression};");
        let answer = self.browser.driver.execute(script, vec![]).await?;
        Ok(serde_json::from_value(answer.json().clone())
            .map_err(|error| format!("{expression}: {error}"))?)
    }

    /// Waits until an expression gives a value.
    #[track_caller]
    pub(crate) fn gives(
        &self,
        expression: &str,
        expected: impl Into<Value>,
    ) -> impl Future<Output = Result<()>> {
        let place = std::panic::Location::caller();
        let expected = expected.into();
        async move {
            let mut last = Value::Null;
            let found = eventually(expression, async || {
                last = self.read(expression).await?;
                Ok((last == expected).then_some(()))
            });
            let found = found.await;
            found.map_err(|error| {
                format!("{place}: {error}\n  expected {expected}\n  the last {last}").into()
            })
        }
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn holds(&self, expression: &str) -> impl Future<Output = Result<()>> {
        self.gives(expression, true)
    }

    /// Clicks on the first element of a selector, once it is there.
    #[track_caller]
    pub(crate) fn click(&self, selector: &str) -> impl Future<Output = Result<()>> {
        let place = std::panic::Location::caller();
        async move {
            let clicked = eventually(selector, async || {
                let element = self.browser.driver.find(By::Css(selector)).await?;
                element.click().await?;
                Ok(Some(()))
            });
            let clicked = clicked.await;
            clicked.map_err(|error| format!("{place}: {error}").into())
        }
    }

    /// Types with the keyboard, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) -> Result<()> {
        let actions = self.browser.driver.action_chain();
        Ok(actions.send_keys(keys).perform().await?)
    }

    /// Replaces what a field holds, by typing.
    pub(crate) async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        self.run(&format!(
            "one({}).focus(); one({}).select()",
            json!(selector),
            json!(selector)
        ))
        .await?;
        self.keys(Key::Delete + text).await
    }

    /// Chooses an option of a select by its value.
    pub(crate) async fn choose(&self, selector: &str, value: &str) -> Result<()> {
        self.run(&format!(
            "const select = one({}); select.value = {}; select.dispatchEvent(new Event('change', {{ bubbles: true }}))",
            json!(selector),
            json!(value)
        ))
        .await
    }

    /// Drags with the pointer over an element, between two points given as shares of its width and height.
    pub(crate) async fn drag(
        &self,
        selector: &str,
        from: (f64, f64),
        to: (f64, f64),
    ) -> Result<()> {
        let [left, top, width, height]: [f64; 4] = self
            .read(&format!(
                "(({{ left, top, width, height }}) => [left, top, width, height])(one({}).getBoundingClientRect())",
                json!(selector)
            ))
            .await?;
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a window")]
        let point = |(x, y): (f64, f64)| ((left + x * width) as i64, (top + y * height) as i64);
        let ((x, y), (to_x, to_y)) = (point(from), point(to));
        let actions = self.browser.driver.action_chain().move_to(x, y);
        let actions = actions
            .click_and_hold()
            .move_to(i64::midpoint(x, to_x), i64::midpoint(y, to_y))
            .move_to(to_x, to_y)
            .release();
        Ok(actions.perform().await?)
    }

    /// Clicks on a point of an element, in pixels from its corner.
    pub(crate) async fn click_at(&self, selector: &str, x: f64, y: f64) -> Result<()> {
        let corner = format!(
            "(({{ left, top }}) => [left, top])(one({}).getBoundingClientRect())",
            json!(selector)
        );
        let [left, top]: [f64; 2] = self.read(&corner).await?;
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a window")]
        let actions = self
            .browser
            .driver
            .action_chain()
            .move_to((left + x) as i64, (top + y) as i64);
        Ok(actions.click().perform().await?)
    }

    /// Runs a script in every page that is loaded from now on, before its own.
    pub(crate) async fn before_each_page(&self, script: &str) -> Result<()> {
        let source = json!({ "source": script });
        self.browser
            .ask("Page.addScriptToEvaluateOnNewDocument", source)
            .await?;
        Ok(())
    }

    /// Presses Tab until the focus is on an element of a selector.
    pub(crate) async fn tab_to(&self, selector: &str) -> Result<()> {
        let mut path = Vec::new();
        for _ in 0..60 {
            self.keys(Key::Tab).await?;
            let focused = format!(
                "(({{ activeElement: at }}) => [at.matches({}), `${{at.tagName}}.${{at.className?.baseVal ?? at.className}} ${{at.ariaLabel ?? words(at)}}`.slice(0, 60)])(document)",
                json!(selector)
            );
            let (there, name): (bool, String) = self.read(&focused).await?;
            if there {
                return Ok(());
            }
            path.push(name);
        }
        Err(format!("Tab does not reach {selector} but {path:#?}").into())
    }

    /// Exports the trace that is shown and opens the file.
    pub(crate) async fn open_exported(&self, id: &str) -> Result<()> {
        let (folder, name) = (&self.browser.profile, format!("trace-{id}.html"));
        let behaviour = json!({ "behavior": "allow", "downloadPath": folder });
        self.browser
            .ask("Browser.setDownloadBehavior", behaviour)
            .await?;
        self.click("[title^='One HTML file']").await?;
        let file = folder.join(name);
        eventually("the exported file", async || {
            Ok(file.exists().then_some(()))
        })
        .await?;
        let url = format!("file://{}", file.display());
        Ok(self.browser.driver.goto(url).await?)
    }

    /// Ends the room. Fails if the browser had complaints other than `expected`.
    pub(crate) async fn close(self, expected: &[&str]) -> Result<()> {
        complaints::expect_none(self.browser, &[self.console.address], expected).await
    }
}
