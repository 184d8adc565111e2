//! Every view in both themes and on windows from a desk's to the smallest telephone's: nothing is cut off, and
//! axe-core finds nothing grave.

use end_to_end::Result;
use serde_json::{Value, json};

use crate::browser::{
    axe,
    page::Page,
    traffic::{call, called, http, now, put_item, segment, send, with},
};

/// Widths of a desk's window, a telephone's and a small telephone's.
const WIDTHS: [u32; 3] = [1280, 400, 360];

/// A view, and what must be there before it is looked at.
struct View {
    name: &'static str,
    fragment: String,
    ready: &'static str,
    /// What is done before it is looked at.
    before: &'static str,
}

/// Requests with every outcome, to a service that calls another and a table, one still in progress.
fn traffic() -> Vec<Value> {
    let statuses = [200, 404, 429, 503];
    let mut documents: Vec<Value> = statuses.into_iter().flat_map(request).collect();
    let mut open = segment(
        "a-service-with-a-rather-long-name.that-goes-on.in-a-cluster.local",
        now() - 1.0,
        0.0,
        &json!({ "in_progress": true }),
    );
    open.as_object_mut().unwrap().remove("end_time");
    documents.push(open);
    documents
}

fn request(status: u16) -> [Value; 2] {
    let start = now() - 2.0;
    let exception = json!({ "type": "Broken", "message": "it broke", "stack": [{ "path": "src/main.rs", "line": 7, "label": "main" }] });
    let url = "http://stock.local/a/rather/long/path?of=things";
    let call = call("stock.local", start + 0.02, 0.1, url, status);
    let table = put_item(start + 0.13);
    let shop = segment(
        "x-ray-sample-front-k8s",
        start,
        0.2,
        &with(
            http("POST", "http://shop.local/buy", status),
            &json!({
        "origin": "AWS::EKS::Container", "user": "alice", "annotations": { "version": "v2" }, "metadata": { "default": { "basket": [1, 2] } },
        "aws": { "eks": { "pod": "shop-7c9f" } }, "cause": { "working_directory": "/srv", "exceptions": [exception] }, "subsegments": [call, table] }),
        ),
    );
    let stock = called(
        &shop,
        "x-ray-sample-back-k8s",
        start + 0.04,
        0.06,
        &with(
            http("GET", "http://stock.local/42", status),
            &json!({ "origin": "AWS::EKS::Container" }),
        ),
    );
    [shop, stock]
}

fn views(trace: &str, other: &str) -> Vec<View> {
    let view = |name, fragment: &str, ready, before| View {
        name,
        fragment: fragment.to_owned(),
        ready,
        before,
    };
    vec![
        view("map", "#/service-map", "[data-share]", ""),
        view(
            "map with its panel",
            "#/service-map?select=x-ray-sample-front-k8s",
            ".panel .plot",
            "",
        ),
        view(
            "map of what fails, with its legend",
            "#/service-map?unhealthy=true",
            "[data-share]",
            "one('.legend').open = true",
        ),
        view(
            "map without a match",
            "#/service-map?filter=http.status%20%3D%20999",
            ".empty",
            "",
        ),
        view(
            "traces",
            "#/traces",
            "[data-trace]",
            "one('.groups').open = true",
        ),
        view(
            "refiners",
            "#/traces",
            "[data-trace]",
            "all('.view-head button').at(-1).click()",
        ),
        view(
            "a filter that does not parse",
            "#/traces?filter=service(",
            ".problem:not([hidden])",
            "",
        ),
        view(
            "trace",
            &format!("#/traces/{trace}"),
            "[data-row]",
            "all('details').forEach((one) => { one.open = true; })",
        ),
        view(
            "exceptions",
            &format!("#/traces/{trace}"),
            "[data-row]",
            "one('[data-row]').click(); one('[data-tab=Exceptions]').click()",
        ),
        view(
            "overview",
            &format!("#/traces/{trace}"),
            "[data-row]",
            "one('[data-row]').click(); one('[data-tab=Overview]').click()",
        ),
        view(
            "statistics",
            &format!("#/traces/{trace}/statistics"),
            ".statistics td",
            "",
        ),
        view(
            "flame",
            &format!("#/traces/{trace}/flame"),
            ".flame-part",
            "",
        ),
        view(
            "a time range",
            "#/traces",
            "[data-trace]",
            "one('.range').value = 'typed'; one('.range').dispatchEvent(new Event('change'))",
        ),
        view(
            "a second trace to compare with",
            &format!("#/compare?a={trace}"),
            ".compare-offers li",
            "",
        ),
        view("logs", &format!("#/traces/{trace}/logs"), ".side .hint", ""),
        view(
            "raw data",
            &format!("#/traces/{trace}/raw"),
            ".side pre",
            "",
        ),
        view(
            "no such trace",
            "#/traces/1-00000001-000000000000000000000001",
            ".message [role=alert]",
            "",
        ),
        view(
            "comparison",
            &format!("#/compare?a={trace}&b={other}"),
            ".compare .row.single, .compare .window-list .row",
            "",
        ),
        view(
            "wire",
            "#/wire",
            ".wire .window-list .row",
            "one('.wire .excerpt').click()",
        ),
        view(
            "help",
            "#/wire",
            ".wire .window-list .row",
            "one('[aria-label^=Keyboard]').click()",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_at_every_width_in_both_themes() -> Result<()> {
    let page = Page::start().await?;
    page.open("#/traces").await?;
    page.holds("one('.empty') !== null").await?;
    look(&page, "the empty console").await?;
    let documents = traffic();
    send(&page.console, &documents).await?;
    page.console.send(b"nonsense that is refused")?;
    page.console.received(documents.len() as u64 + 1).await?;
    let [trace, other] =
        [&documents[6], &documents[0]].map(|document| document["trace_id"].as_str().unwrap());
    for view in views(trace, other) {
        page.go(&view.fragment).await?;
        page.holds(&format!(
            "one({})?.checkVisibility() ?? false",
            json!(view.ready)
        ))
        .await?;
        page.run(view.before).await?;
        look(&page, view.name).await?;
        page.run("one('dialog')?.close(); one('[aria-label=\"Close the panel\"]').click()")
            .await?;
    }
    page.close(&["400 (Bad Request)", "404 (Not Found)"]).await
}

async fn look(page: &Page, name: &str) -> Result<()> {
    for width in WIDTHS {
        page.browser.resize(width, 800).await?;
        page.gives("innerWidth", width).await?;
        let beyond = "document.documentElement.scrollWidth - innerWidth";
        page.gives(&format!("Math.max(0, {beyond})"), 0)
            .await
            .map_err(|error| format!("{name} at {width}: {error}"))?;
        if width == 360 {
            continue;
        }
        for theme in ["light", "dark"] {
            page.run(&format!(
                "document.documentElement.dataset.theme = '{theme}'"
            ))
            .await?;
            axe::check(page, &format!("{name}, {theme}, {width} pixels")).await?;
        }
    }
    Ok(())
}
