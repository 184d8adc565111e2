//! Makes the pictures of README and docs: the three programs, then a quick start of docs/languages.md, then the shop, some
//! traffic, and a browser. `make screenshots`, or one of the three alone: `make screenshots ARGS=sample`, `languages` or
//! `shop`.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]

#[path = "../tests/browser/driver.rs"]
mod driver;
#[path = "../tests/languages/quick_start.rs"]
mod quick_start;

use std::path::Path;

use driver::Browser;
use end_to_end::{Console, Result, Running, Stack, eventually, ports};
use quick_start::{Places, follow};
use serde_json::json;
use thirtyfour::prelude::*;

/// The cases of `docs/tour.md`: the picture, what the front end is asked, how often, and how many documents the
/// last trace must have.
const TOUR: [(&str, &str, usize, usize); 5] = [
    ("tour-slow", "/api?slow=true", 1, 2),
    ("tour-repeat", "/api?repeat=true", 1, 21),
    ("tour-fault", "/api?fault=fault:30&at=back", 60, 2),
    ("tour-throttle", "/api?fault=throttle:40&at=back", 60, 2),
    ("tour-unreachable", "/api?fault=unreachable:50", 60, 1),
];

#[tokio::main]
async fn main() -> Result<()> {
    let browsers = [
        ("light", Browser::start(1280, 620).await?),
        ("dark", Browser::start(1280, 620).await?),
    ];
    for (scheme, browser) in &browsers {
        browser.prefer("prefers-color-scheme", scheme).await?;
    }
    let wanted = std::env::args().nth(1);
    let is_wanted = |part| wanted.as_deref().is_none_or(|wanted| wanted == part);
    if is_wanted("sample") {
        sample(&browsers).await?;
    }
    if is_wanted("languages") {
        languages(&browsers).await?;
    }
    if is_wanted("shop") {
        shop(&browsers).await?;
    }
    for (_, browser) in browsers {
        browser.end().await?;
    }
    Ok(())
}

/// The pictures of `make run`.
async fn sample(browsers: &[(&str, Browser)]) -> Result<()> {
    let stack = Stack::start().await?;
    readme(&stack, browsers).await?;
    let client = reqwest::Client::new();
    for (name, path, times, documents) in TOUR {
        let clear = client.post(stack.console.url("/clear")).send();
        clear.await?.error_for_status()?;
        let trace_id = ask(&stack, path, times, documents).await?;
        for (scheme, browser) in browsers {
            let (fragment, ready) = match times {
                1 => (format!("#/traces/{trace_id}"), "[data-row]"),
                _ => ("#/service-map".to_owned(), "[data-share]"),
            };
            let url = stack.console.url(&format!("/{fragment}"));
            shoot(browser, &url, ready, &format!("{name}-{scheme}")).await?;
        }
    }
    Ok(())
}

async fn readme(stack: &Stack, browsers: &[(&str, Browser)]) -> Result<()> {
    let trace_id = ask(stack, "/api", 40, 2).await?;
    for (scheme, browser) in browsers {
        for (name, fragment, ready) in [
            ("service-map", "#/service-map".to_owned(), "[data-share]"),
            ("traces", "#/traces".to_owned(), "[data-trace]"),
            ("trace", format!("#/traces/{trace_id}"), "[data-row]"),
        ] {
            let url = stack.console.url(&format!("/{fragment}"));
            shoot(browser, &url, ready, &format!("{name}-{scheme}")).await?;
        }
    }
    let (_, browser) = &browsers[1];
    let url = stack.front_url("/");
    // It stands beside the map, as high as that.
    browser.resize(760, 760).await?;
    shoot(browser, &url, "#rows tr:nth-child(7)", "page").await?;
    browser.resize(1280, 620).await?;
    // It would go on asking, and its traces would be in the next pictures.
    browser.driver.goto("about:blank").await?;
    Ok(())
}

/// The trace of the first quick start of docs/languages.md.
async fn languages(browsers: &[(&str, Browser)]) -> Result<()> {
    let places = Places::free()?;
    let console = Console::with(&places.arguments()).await?;
    follow("Python", "python", "app.py", &places).await?;
    let all = json!({ "traces": { "start": 0, "end": 4_000_000_000_u64 }, "rows": { "limit": 1 } });
    let id = eventually("its trace", async || {
        let found = console.call("/analysis/traces", all.clone()).await?;
        Ok(found["rows"]["rows"][0]["id"].as_str().map(str::to_owned))
    })
    .await?;
    for (scheme, browser) in browsers {
        let url = console.url(&format!("/#/traces/{id}"));
        shoot(browser, &url, "[data-row]", &format!("languages-{scheme}")).await?;
    }
    Ok(())
}

/// The map of `make shop` once every node and every kind of failure is on it.
async fn shop(browsers: &[(&str, Browser)]) -> Result<()> {
    let ports = ports::free(ports::SHOP)?;
    let (running, _) = Running::start("make shop RATE=2", &ports, "Ctrl-C stops all.").await?;
    let url = format!("http://127.0.0.1:{}/#/service-map", ports[0].1);
    for (scheme, browser) in browsers {
        browser.driver.goto(&url).await?;
        // The worker's faults are the last that appear.
        let failure = "[data-node='worker'] [data-share='fault']";
        eventually(failure, async || {
            Ok((!browser.driver.find_all(By::Css(failure)).await?.is_empty()).then_some(()))
        })
        .await?;
        // The trace of an order on its way may have no segment of the shop yet, as if clients had called another service.
        let calls = "[data-edge^='Clients']";
        eventually("a map without an order on its way", async || {
            shoot(browser, &url, failure, &format!("shop-{scheme}")).await?;
            let shown = browser.driver.find_all(By::Css(calls)).await?.len();
            Ok((shown == 1).then_some(()))
        })
        .await?;
    }
    running.stop().await?;
    Ok(())
}

/// Asks the front end and waits until the console has the documents of the last trace, whose id it returns.
async fn ask(stack: &Stack, path: &str, times: usize, documents: usize) -> Result<String> {
    let client = reqwest::Client::new();
    let mut trace_id = String::new();
    for _ in 0..times {
        let request = client
            .get(stack.front_url(path))
            .header("x-sample-token", "screenshots")
            .header("cookie", "x-sample-token=screenshots");
        let response = request.send().await?;
        let header = response.headers()["x-amzn-trace-id"].to_str()?;
        trace_id = header.trim_start_matches("Root=").to_owned();
        response.bytes().await?;
    }
    eventually("the last trace", async || {
        let number = stack.console.documents(&trace_id).await?.len();
        Ok((number >= documents).then_some(()))
    })
    .await?;
    Ok(trace_id)
}

/// Opens a page anew, waits until `ready` is there and saves what the window shows.
async fn shoot(browser: &Browser, url: &str, ready: &str, name: &str) -> Result<()> {
    // Of another fragment the page would go on showing the last one until it has the next.
    browser.driver.goto("about:blank").await?;
    browser.driver.goto(url).await?;
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
