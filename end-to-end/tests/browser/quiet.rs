//! What the page asks, and when: nothing while nothing happens, and what the reader wants before all else.

use end_to_end::{Console, Result, eventually};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{http, now, segment, send, with},
};

/// Keeps what the page would do every five seconds, so that a test does it at once, as often as it likes.
const HOLD_TICKS: &str = "const every = window.setInterval; window.ticks = [];
    window.setInterval = (work, pause) => (pause === 5000 ? window.ticks.push(work) : every(work, pause))";
/// Keeps the answers to questions of the analysis until they are let go, and counts the questions and those that were given up.
const HOLD_ANSWERS: &str =
    "window.held = []; window.asked = 0; window.ended = 0; window.holding = false;
    const real = window.fetch;
    window.fetch = async (path, options) => {
        if (!String(path).startsWith('/analysis')) return real(path, options);
        window.asked += 1;
        options.signal.addEventListener('abort', () => { window.ended += 1; });
        if (window.holding) await new Promise((resolve) => { window.held.push(resolve); });
        return real(path, options);
    }";

fn request(path: &str, status: u16, seconds: f64, version: &str) -> Value {
    let url = format!("http://shop.local{path}");
    let more = json!({ "annotations": { "version": version } });
    segment(
        "shop",
        now() - 30.0,
        seconds,
        &with(http("GET", &url, status), &more),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_nothing_is_asked() -> Result<()> {
    let page = Page::start().await?;
    page.before_each_page(HOLD_TICKS).await?;
    for fragment in ["#/service-map", "#/traces", "#/wire"] {
        page.open(fragment).await?;
        page.holds("one('h1') !== null && one('[data-live]').innerText === '0 traces/min'")
            .await?;
        // Once the first questions are answered, time passes without another one. One that came of it would be in the list before the
        // answer to the test's own.
        let passes = "(async () => {
            const questions = () => performance.getEntriesByType('resource').length;
            const before = questions();
            for (let time = 0; time < 20; time += 1) window.ticks.forEach((tick) => tick());
            await (await fetch('/livez')).text();
            return questions() - before;
        })()";
        page.gives(passes, 1).await?;
        page.gives(passes, 1).await?;
    }
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_filter_ends_what_is_under_way_and_says_that_it_asks() -> Result<()> {
    let page = Page::start().await?;
    page.before_each_page(HOLD_ANSWERS).await?;
    let traffic = [
        request("/a", 200, 0.1, "v1"),
        request("/b", 200, 0.2, "v1"),
        request("/c", 500, 0.3, "v2"),
    ];
    send(&page.console, &traffic).await?;
    page.open("#/traces").await?;
    page.gives("text('.found')", "3 traces found").await?;
    page.run("window.holding = true").await?;
    for filter in ["ok", "fault"] {
        page.fill("#filter", filter).await?;
        page.keys(Key::Escape + Key::Enter).await?;
        page.gives("params().filter", filter).await?;
        // The old list is dimmed, and not taken for the new one.
        page.holds("one('.traces-content').matches('.asking[aria-busy=true]') && text('.view-head .asking-words') === 'asking…'")
            .await?;
        page.gives("all('[data-trace]').length", 3).await?;
    }
    page.holds("window.ended >= 1").await?;
    page.run("window.holding = false; window.held.forEach((go) => go())")
        .await?;
    page.gives("text('.found')", "1 trace found").await?;
    page.holds(
        "!one('.traces-content').matches('.asking') && text('.view-head .asking-words') === ''",
    )
    .await?;
    page.gives("texts('[data-trace] .url')", json!(["http://shop.local/c"]))
        .await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_begins_before_what_memory_holds_says_so() -> Result<()> {
    let page = Page::of(Console::start_with(&["--max-traces", "2"]).await?).await?;
    let traffic = ["/a", "/b"].map(|path| request(path, 200, 0.1, "v1"));
    send(&page.console, &traffic).await?;
    for fragment in ["#/traces", "#/service-map"] {
        page.open(fragment).await?;
        page.holds("one('[data-trace], [data-share]') !== null")
            .await?;
        page.gives("text('.missing-words')", Value::Null).await?;
    }
    send(&page.console, &[request("/c", 200, 0.1, "v1")]).await?;
    for fragment in ["#/service-map", "#/traces"] {
        page.go(fragment).await?;
        page.holds("text('.missing-words')?.startsWith('Without traces from before ') ?? false")
            .await?;
    }
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_the_disk_has_lacks_nothing() -> Result<()> {
    let name = format!("x-ray-quiet-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let data = folder.display().to_string();
    let arguments = ["--max-traces", "2", "--data", &data];
    let page = Page::of(Console::start_with(&arguments).await?).await?;
    let traffic: Vec<Value> = (0..9)
        .map(|number| request(&format!("/{number}"), 200, 0.1, "v1"))
        .collect();
    send(&page.console, &traffic).await?;
    eventually("all on disk", async || {
        let status = page.console.status().await?;
        Ok((status["disk"]["written_documents"] == 9).then_some(()))
    })
    .await?;
    page.open("#/traces").await?;
    page.gives("text('.found')", "9 traces found").await?;
    page.gives("text('.missing-words')", Value::Null).await?;
    page.go("#/service-map").await?;
    page.holds("one('[data-share]') !== null").await?;
    page.gives("text('.missing-words')", Value::Null).await?;
    page.close(&[]).await?;
    Ok(std::fs::remove_dir_all(folder)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dot_says_what_it_is_and_a_brush_keeps_the_range_around_it() -> Result<()> {
    let page = Page::start().await?;
    let traffic: Vec<Value> = (0..20)
        .map(|number| request(&format!("/{number}"), 200, 0.1, "v1"))
        .chain([request("/slow", 500, 4.0, "v2")])
        .collect();
    send(&page.console, &traffic).await?;
    page.open("#/traces").await?;
    page.gives("text('.found')", "21 traces found").await?;
    // The slow one is the highest dot: look for it along the top.
    let over = "(() => {
        const plot = one('.scatter-plot');
        const { left, top, width, height } = plot.getBoundingClientRect();
        for (let x = 0; x < width; x += 2) for (let y = 0; y < height / 2; y += 4) {
            plot.dispatchEvent(new PointerEvent('pointermove', { clientX: left + x, clientY: top + y }));
            if (!one('.tip').hidden) return [x, y];
        }
        return null;
    })()";
    let [x, y]: [f64; 2] = page.read(over).await?;
    page.holds("/^\\d\\d:\\d\\d:\\d\\d, 4 s: 1 Fault$/.test(text('.tip'))")
        .await?;
    page.click_at(".scatter-plot", x, y).await?;
    page.gives("text('.fact-url .url')", "http://shop.local/slow")
        .await?;
    page.click(".crumbs a").await?;
    page.gives("text('.found')", "21 traces found").await?;
    page.drag(".scatter-plot", (0.01, 0.02), (0.99, 0.4))
        .await?;
    page.gives("text('.found')", "1 trace found").await?;
    // Against the window in which it was chosen, not against itself.
    page.holds("/^2.*Z~2.*Z$/.test(params().within) && params().within !== params().timeRange")
        .await?;
    page.gives(
        "texts('.differences th').slice(2, 4)",
        json!(["These (1)", "The rest (20)"]),
    )
    .await?;
    page.close(&[]).await
}

/// The filter and the range go along, wherever a link leads, and back.
#[tokio::test(flavor = "multi_thread")]
async fn links_carry_filter_and_range() -> Result<()> {
    let page = Page::start().await?;
    let traffic = [request("/a", 200, 0.1, "v1"), request("/b", 500, 0.2, "v1")];
    send(&page.console, &traffic).await?;
    page.open("#/traces?filter=fault&timeRange=PT1H").await?;
    page.gives("text('.found')", "1 trace found").await?;
    page.click("[data-trace] a").await?;
    let kept = "[params().filter, params().timeRange]";
    for (selector, ready) in [
        (".kinds a[href*='/raw']", ".side pre"),
        (".kinds a[href*='/statistics']", ".statistics"),
        (".kinds a:first-child", "[data-row]"),
        (".tools a", ".compare-view"),
        ("[data-view=wire]", ".wire .window-list a"),
        (".wire .window-list a", "[data-row]"),
        ("[data-view=sampling]", ".sampling-view"),
        ("[data-view=service-map]", "[data-share]"),
        ("[data-view=traces]", "[data-trace]"),
        ("[data-trace] a", "[data-row]"),
        (".crumbs a", "[data-trace]"),
    ] {
        page.click(selector).await?;
        page.holds(&format!("one({}) !== null", json!(ready)))
            .await?;
        page.gives(kept, json!(["fault", "PT1H"])).await?;
    }
    page.gives("text('.found')", "1 trace found").await?;
    page.gives("one('.range').value", "PT1H").await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_range_can_be_typed() -> Result<()> {
    let page = Page::start().await?;
    send(&page.console, &[request("/a", 200, 0.1, "v1")]).await?;
    page.open("#/traces?filter=ok").await?;
    page.gives("text('.found')", "1 trace found").await?;
    let open = "one('.range').value = 'typed'; one('.range').dispatchEvent(new Event('change'))";
    for (from, to, words) in [
        ("soon", "now", "“soon” is not a time. "),
        (
            "2026-01-02 10:00",
            "2026-01-02 09:00",
            "The range ends (2026-01-02 09:00) before it begins (2026-01-02 10:00).",
        ),
    ] {
        page.run(open).await?;
        page.fill("[aria-label=From]", from).await?;
        page.fill("[aria-label=To]", to).await?;
        page.keys(Key::Enter).await?;
        page.holds(&format!(
            "text('.range-dialog [role=alert]').startsWith({})",
            json!(words)
        ))
        .await?;
        // Nothing of what is shown is lost.
        page.gives("text('.found')", "1 trace found").await?;
        page.keys(Key::Escape).await?;
        page.gives("all('dialog').length", 0).await?;
    }
    page.run(open).await?;
    page.fill("[aria-label=From]", "2026-01-02T10:00:00Z")
        .await?;
    page.fill("[aria-label=To]", "2026-01-02 12:30:00.5+01:00")
        .await?;
    page.keys(Key::Enter).await?;
    page.gives(
        "[params().filter, params().timeRange]",
        json!(["ok", "2026-01-02T10:00:00.000Z~2026-01-02T11:30:00.500Z"]),
    )
    .await?;
    page.gives("text('.empty h2')", "No trace matches").await?;
    page.run(open).await?;
    page.fill("[aria-label=From]", "-10m").await?;
    page.fill("[aria-label=To]", "now").await?;
    page.keys(Key::Enter).await?;
    page.gives("text('.found')", "1 trace found").await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn completion_knows_what_groups_are_made_of() -> Result<()> {
    let page = Page::start().await?;
    let more = json!({ "origin": "AWS::EKS::Container", "service": { "version": "2.15.0" },
        "aws": { "eks": { "pod": "shop-7c9f" } }, "metadata": { "default": { "http.route": "/items/{id}" } } });
    send(
        &page.console,
        &[with(request("/items/7", 200, 0.1, "v1"), &more)],
    )
    .await?;
    page.open("#/traces").await?;
    page.gives("text('.found')", "1 trace found").await?;
    for (typed, offered) in [
        ("http.ro", "http.route"),
        ("service.v", "service.version"),
        ("eks", "eks.pod"),
        ("ecs", "ecs.container"),
        ("http.route = ", "\"/items/{id}\""),
        ("service.version = ", "\"2.15.0\""),
        ("eks.pod = ", "\"shop-7c9f\""),
    ] {
        page.fill("#filter", typed).await?;
        page.gives("(texts('#suggestions li .mono')[0] ?? '').trim()", offered)
            .await?;
    }
    page.close(&[]).await
}
