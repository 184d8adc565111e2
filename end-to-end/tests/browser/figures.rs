//! How fast the page draws, which `make test` measures alone, and that live traffic leaves nothing behind. The figures are
//! printed: `cargo test --workspace --test end-to-end browser::figures -- --nocapture --test-threads 1`, and with `--ignored`
//! the long run.
#![expect(
    clippy::print_stdout,
    reason = "the figures are what one runs this for"
)]

use std::time::{Duration, Instant};

use end_to_end::{Console, Result, eventually};
use serde_json::{Value, json};

use crate::browser::{
    driver::Browser,
    page::Page,
    traffic::{http, now, part, segment, send, trace_id, with},
};

/// Milliseconds in which a trace of 2,000 subsegments is drawn, and 10,000 traces are listed.
const DRAWN: f64 = 200.0;
/// Milliseconds in which a map of 200 nodes is laid out.
const LAID_OUT: f64 = 100.0;
/// How often each is measured. The least counts: what else the machine does only adds.
const TIMES: usize = 3;
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn large_traces_lists_and_maps_are_drawn_in_time() -> Result<()> {
    let page = Page::start().await?;
    let trace = large_trace();
    send(&page.console, &trace).await?;
    page.open("#/wire").await?;
    page.run(HOLD).await?;
    let fragment = format!("#/traces/{}", trace[0]["trace_id"].as_str().unwrap());
    let drawn = times(
        &page,
        &fragment,
        "/Traces",
        "one('.timeline')?.getAttribute('aria-rowcount') > 2000 && all('[data-row]').length > 20",
    )
    .await?;
    report(
        "a trace of 2,000 subsegments, from the answer to the painted frame",
        &drawn,
        DRAWN,
    );

    page.console.call("/clear", json!({})).await.ok();
    send(
        &page.console,
        &(0..10_000)
            .map(|_| {
                segment(
                    "shop",
                    now() - 0.2,
                    0.1,
                    &http("GET", "http://shop.local/", 200),
                )
            })
            .collect::<Vec<_>>(),
    )
    .await?;
    let listed = times(
        &page,
        "#/traces?timeRange=PT1H",
        "/analysis/traces",
        "one('.found')?.textContent.startsWith('10\u{2009}000') && all('[data-trace]').length > 10",
    )
    .await?;
    report(
        "10,000 traces listed, from the last answer to the painted frame",
        &listed,
        DRAWN,
    );

    page.console.call("/clear", json!({})).await.ok();
    send(&page.console, &large_map()).await?;
    let drawn = times(
        &page,
        "#/service-map",
        "/ServiceGraph",
        "all('.node').length >= 200",
    )
    .await?;
    say(
        "a map of 200 nodes, from the answer to the painted frame",
        &drawn,
    );
    let laid_out: Vec<f64> = page
        .read(&format!(
            "(async () => {{
                const {{ layout }} = await import('/page/model/layout.js');
                const [nodes, edges] = [all('.node').map(({{ dataset }}) => dataset.node), all('.edge').map(({{ dataset }}) => dataset.edge.split(' → '))];
                return Array.from({{ length: {TIMES} }}, () => {{
                    const from = performance.now();
                    layout(nodes, edges, ['Clients']);
                    return performance.now() - from;
                }});
            }})()"
        ))
        .await?;
    println!("the layout of a map of 200 nodes: {}", in_words(&laid_out));
    assert!(
        laid_out.iter().any(|time| *time <= LAID_OUT),
        "{laid_out:?}"
    );
    no_nodes_overlap(&page).await?;
    page.close(&[]).await
}

/// One segment with 2,000 subsegments, in four documents of 500, since a datagram holds no more.
fn large_trace() -> Vec<Value> {
    let start = now() - 3.0;
    let root = segment("root", start, 2.5, &http("GET", "http://root.local/", 200));
    let subsegments = |group: u32| -> Vec<Value> {
        (0..500)
            .map(|number| {
                part(
                    &format!("step {number}"),
                    start + f64::from(group) * 0.6 + f64::from(number) * 0.001,
                    0.002,
                    &json!({}),
                )
            })
            .collect()
    };
    let groups = (0..4).map(|group| {
        segment(&format!("service-{group}"), start + f64::from(group) * 0.6, 0.55,
            &json!({ "trace_id": root["trace_id"], "parent_id": root["id"], "subsegments": subsegments(group) }))
    });
    std::iter::once(root.clone()).chain(groups).collect()
}

/// 200 services in ten tiers of twenty; each calls two of the next tier.
fn large_map() -> Vec<Value> {
    let start = now() - 1.0;
    let name = |tier: usize, number: usize| format!("service-{tier}-{number:02}");
    let mut documents = Vec::new();
    for column in 0..20 {
        let trace = trace_id(start);
        let mut parents = vec![Value::Null];
        for tier in 0..10 {
            let mut next = Vec::new();
            for (branch, parent) in parents.iter().enumerate() {
                let calls = [
                    part("call", start, 0.1, &json!({ "namespace": "remote" })),
                    part("call", start, 0.1, &json!({ "namespace": "remote" })),
                ];
                next.extend(calls.iter().map(|call| call["id"].clone()));
                let more = with(
                    json!({ "trace_id": trace, "subsegments": calls }),
                    &if parent.is_null() {
                        json!({})
                    } else {
                        json!({ "parent_id": parent })
                    },
                );
                documents.push(segment(
                    &name(tier, (column + branch * 7 * tier) % 20),
                    start,
                    0.2,
                    &more,
                ));
            }
            next.truncate(2);
            parents = next;
        }
    }
    documents
}

/// What it takes from the last answer to the painted frame that shows it, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Took {
    /// By the clock.
    wall: f64,
    /// Of the processor, by the page's main thread: nearly the same on a busy machine.
    processor: f64,
}

/// Keeps the last answer to requests that end in `window.holding` back until `window.release` is called.
const HOLD: &str = "
    const ask = window.fetch;
    window.fetch = async (...request) => {
        const answer = await ask(...request);
        if (!window.holding || !answer.url.endsWith(window.holding)) return answer;
        const text = await answer.text();
        if (!JSON.parse(text).NextToken) await new Promise((release) => { window.release = release; });
        return new Response(text);
    };";

/// Goes to a fragment several times, until `condition` holds. `path` ends the requests whose last answer counts.
async fn times(page: &Page, fragment: &str, path: &str, condition: &str) -> Result<Vec<Took>> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        page.run("window.holding = null; window.release = null")
            .await?;
        page.go("#/wire").await?;
        page.holds("all('.wire').length === 1").await?;
        page.run(&format!(
            "window.holding = '{path}'; location.hash = {}",
            json!(fragment)
        ))
        .await?;
        // The console of a test is built without optimisation and takes its time for 10,000 summaries.
        let answered = Instant::now();
        while !page.read::<bool>("window.release !== null").await? {
            assert!(answered.elapsed() < MINUTE, "no answer to {path}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let before = metric(&page.browser, "ThreadTime").await?;
        // A task after the frame's callbacks runs when the frame has been painted.
        let wall = page
            .read(&format!(
                "new Promise((resolve) => {{
                    const [from, release] = [performance.now(), window.release];
                    window.holding = null;
                    const look = () => requestAnimationFrame(() => ({condition} ? setTimeout(() => resolve(performance.now() - from)) : look()));
                    release();
                    look();
                }})"
            ))
            .await?;
        let processor = (metric(&page.browser, "ThreadTime").await? - before) * 1e3;
        times.push(Took { wall, processor });
    }
    Ok(times)
}

fn report(what: &str, times: &[Took], most: f64) {
    say(what, times);
    assert!(
        times.iter().any(|took| took.processor <= most),
        "{what}: {times:?}, not one within {most} ms"
    );
}

fn say(what: &str, times: &[Took]) {
    let [wall, processor] = [|took: &Took| took.wall, |took: &Took| took.processor]
        .map(|of| times.iter().map(of).collect::<Vec<f64>>());
    println!(
        "{what}: {} by the clock; of the processor {}",
        in_words(&wall),
        in_words(&processor)
    );
}

/// The least and the median.
fn in_words(times: &[f64]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    format!(
        "{:.0} ms at best, {:.0} ms as a rule",
        sorted[0],
        sorted[sorted.len() / 2]
    )
}

async fn no_nodes_overlap(page: &Page) -> Result<()> {
    page.holds(
        "(() => {
            const boxes = all('.node').map((node) => ['.face', '.label'].map((part) => node.querySelector(part).getBoundingClientRect()));
            const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
            return boxes.every((some, at) => boxes.slice(at + 1).every((others) => some.every((a) => others.every((b) => apart(a, b)))));
        })()",
    )
    .await
}

/// What a page holds after everything that nobody refers to was collected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    nodes: f64,
    listeners: f64,
    /// In bytes.
    pub(crate) heap: f64,
}

impl Held {
    pub(crate) async fn by(browser: &Browser) -> Result<Self> {
        browser
            .ask("HeapProfiler.collectGarbage", json!({}))
            .await?;
        Ok(Self {
            nodes: metric(browser, "Nodes").await?,
            listeners: metric(browser, "JSEventListeners").await?,
            heap: metric(browser, "JSHeapUsedSize").await?,
        })
    }

    /// Fails if the browser goes on holding more than this and what a page's own state may add. What is
    /// garbage is collected in several rounds: nodes when their wrappers are gone.
    async fn stays(&self, browser: &Browser, what: &str) -> Result<()> {
        let after = eventually(&format!("{what}: no more than {self:.0?}"), async || {
            let after = Self::by(browser).await?;
            Ok(self.covers(&after).then_some(after))
        })
        .await?;
        println!("{what}: {self:.0?} became {after:.0?}");
        Ok(())
    }

    fn covers(&self, after: &Self) -> bool {
        [
            (self.nodes, after.nodes, 300.0),
            (self.listeners, after.listeners, 100.0),
            (self.heap, after.heap, 500e3),
        ]
        .into_iter()
        .all(|(before, after, slack)| after <= before * 1.25 + slack)
    }
}

/// Returns one of the browser's own figures about the page.
async fn metric(browser: &Browser, name: &str) -> Result<f64> {
    browser.ask("Performance.enable", json!({})).await?;
    let answer = browser.ask("Performance.getMetrics", json!({})).await?;
    let mut metrics = answer["metrics"].as_array().into_iter().flatten();
    let value = metrics
        .find(|one| one["name"] == name)
        .and_then(|one| one["value"].as_f64());
    value.ok_or_else(|| format!("the browser has no figure {name}").into())
}

/// A store of a hundred traces is full at once: from then on every view shows as much as before, only newer.
#[tokio::test(flavor = "multi_thread")]
async fn live_traffic_leaves_nothing_behind() -> Result<()> {
    let page = Page::of(Console::start_with(&["--max-traces", "100"]).await?).await?;
    send(&page.console, &some_traffic(100)).await?;
    page.open("#/wire").await?;
    for (fragment, ready) in [
        ("#/service-map?select=shop", ".panel .plot"),
        ("#/traces", "[data-trace]"),
        ("#/wire", ".wire .window-list .row"),
    ] {
        page.go(fragment).await?;
        page.holds(&format!("one('{ready}')?.checkVisibility() ?? false"))
            .await?;
        refreshes(&page, 4).await?;
        let before = Held::by(&page.browser).await?;
        refreshes(&page, 20).await?;
        before.stays(&page.browser, fragment).await?;
    }
    // Views that were left are gone.
    let tour = async || -> Result<()> {
        for fragment in [
            "#/traces",
            "#/sampling",
            "#/compare",
            "#/wire",
            "#/service-map",
        ] {
            page.go(fragment).await?;
            page.holds("one('main').children.length === 1 && one('main h1') !== null")
                .await?;
            refreshes(&page, 1).await?;
        }
        // What is left is looked at with the last view in the same state each time.
        page.holds("one('[data-share]') !== null").await
    };
    tour().await?;
    let before = Held::by(&page.browser).await?;
    for _ in 0..4 {
        tour().await?;
    }
    before
        .stays(&page.browser, "going through the views")
        .await?;
    page.close(&[]).await
}

fn some_traffic(count: usize) -> Vec<Value> {
    (0..count)
        .map(|_| {
            segment(
                "shop",
                now() - 0.2,
                0.1,
                &with(
                    http("GET", "http://shop.local/", 200),
                    &json!({ "user": "alice" }),
                ),
            )
        })
        .collect()
}

/// Sends traffic and waits until the page has asked anew, so many times.
async fn refreshes(page: &Page, times: usize) -> Result<()> {
    for _ in 0..times {
        page.run("performance.clearResourceTimings()").await?;
        send(&page.console, &some_traffic(5)).await?;
        page.holds("performance.getEntriesByType('resource').length > 0")
            .await?;
    }
    Ok(())
}

/// Ten minutes in which a page gets as many traces as in an hour of one a second, and is told of them four times a second.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes ten minutes"]
async fn an_hour_of_live_traffic_in_ten_minutes() -> Result<()> {
    let console = Console::start().await?;
    let address = console.address;
    let list = Page::of(console).await?;
    let map = Browser::start(1280, 900).await?;
    list.open("#/traces?timeRange=PT1M").await?;
    map.driver
        .goto(format!("http://{address}/#/service-map?timeRange=PT1M"))
        .await?;
    let started = Instant::now();
    let mut held = Vec::new();
    for minute in 1..=10 {
        while started.elapsed() < MINUTE * minute {
            send(&list.console, &some_traffic(2)).await?;
            tokio::time::sleep(Duration::from_millis(330)).await;
        }
        let now = [Held::by(&list.browser).await?, Held::by(&map).await?];
        println!("minute {minute}: traces {:.0?}, map {:.0?}", now[0], now[1]);
        held.push(now);
    }
    for (view, name) in [(0, "traces"), (1, "map")] {
        let (before, after) = (&held[0][view], &held[9][view]);
        println!("{name}: {before:.0?} became {after:.0?}");
        assert!(before.covers(after), "{name}: see the figures above");
    }
    map.end().await?;
    list.close(&[]).await
}
