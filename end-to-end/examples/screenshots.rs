//! Makes the README's pictures: the three programs, some traffic, and a browser. `make screenshots`.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]

#[path = "../tests/browser/driver.rs"]
mod driver;

use std::path::Path;

use driver::Browser;
use end_to_end::{Result, Stack, eventually};
use thirtyfour::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let stack = Stack::start().await?;
    for _ in 1..40 {
        reqwest::get(stack.front_url("/api")).await?;
    }
    let response = reqwest::get(stack.front_url("/api")).await?;
    let header = response.headers()["x-amzn-trace-id"].to_str()?;
    let trace_id = header.trim_start_matches("Root=");
    stack.console.received(80).await?;

    for scheme in ["light", "dark"] {
        let browser = Browser::start(1280, 620).await?;
        browser.prefer("prefers-color-scheme", scheme).await?;
        for (name, fragment, ready) in [
            ("service-map", "#/service-map".to_owned(), "[data-share]"),
            ("traces", "#/traces".to_owned(), "[data-trace]"),
            ("trace", format!("#/traces/{trace_id}"), "[data-row]"),
        ] {
            browser
                .driver
                .goto(stack.console.url(&format!("/{fragment}")))
                .await?;
            shoot(&browser, ready, &format!("{name}-{scheme}")).await?;
        }
        if scheme == "dark" {
            browser.driver.goto(stack.front_url("/")).await?;
            shoot(&browser, "#rows tr:nth-child(4)", "page").await?;
        }
        browser.driver.quit().await?;
    }
    Ok(())
}

/// Waits until `ready` is there and saves what the window shows.
async fn shoot(browser: &Browser, ready: &str, name: &str) -> Result<()> {
    eventually(ready, async || {
        Ok((!browser.driver.find_all(By::Css(ready)).await?.is_empty()).then_some(()))
    })
    .await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.png"));
    browser.driver.screenshot(&path).await?;
    println!("{}", path.display());
    Ok(())
}
