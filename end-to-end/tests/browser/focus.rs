//! Whoever goes through a view by Tab sees where they are.

use end_to_end::Result;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{call, called, http, now, segment, send, with},
};

/// The name of what has the focus, and whether it is drawn around: by an outline, or on a map by its ring or its line. `null` behind
/// the last control.
const FOCUSED: &str = "(({ activeElement: at, body }) => {
    if (at === body || at.matches('main')) return null;
    const probe = body.appendChild(document.createElement('i'));
    probe.style.color = 'var(--accent)';
    const accent = getComputedStyle(probe).color;
    probe.remove();
    const drawn = at.matches('g') ? at.querySelector('.halo, .path') : null;
    const { stroke, visibility } = getComputedStyle(drawn ?? at);
    const isDrawn = drawn ? stroke === accent && visibility === 'visible' : getComputedStyle(at).outlineStyle !== 'none';
    return [`${at.tagName}.${at.className?.baseVal ?? at.className} ${at.ariaLabel ?? words(at)}`.slice(0, 60), isDrawn];
})(document)";

const VIEWS: [(&str, &str); 5] = [
    ("#/service-map", "[data-share]"),
    ("#/traces", "[data-trace]"),
    ("#/sampling", "[data-rule]"),
    ("#/wire", ".wire .window-list .row"),
    ("#/compare", ".compare-offers, .view-head input"),
];

fn traffic() -> [Value; 2] {
    let start = now() - 1.0;
    let stock = call("stock.local", start, 0.1, "http://stock.local/42", 500);
    let shop = segment(
        "shop",
        start,
        0.2,
        &with(
            http("GET", "http://shop.local/", 500),
            &json!({ "subsegments": [stock] }),
        ),
    );
    let answer = http("GET", "http://stock.local/42", 500);
    let stock = called(&shop, "stock", start + 0.02, 0.05, &answer);
    [shop, stock]
}

/// Goes through a view and returns the names of the controls.
async fn controls(page: &Page, view: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    // By a click on what is no control the browser goes on from the beginning of the view.
    page.run("document.activeElement.blur()").await?;
    for _ in 0..80 {
        page.keys(Key::Tab).await?;
        let Some((name, is_drawn)) = page.read::<Option<(String, bool)>>(FOCUSED).await? else {
            break;
        };
        assert!(is_drawn, "{view}: nothing shows that {name} has the focus");
        names.push(name);
    }
    Ok(names)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_shows_that_it_has_the_focus() -> Result<()> {
    let page = Page::start().await?;
    let documents = traffic();
    send(&page.console, &documents).await?;
    let id = documents[0]["trace_id"].as_str().unwrap();
    let trace = format!("#/traces/{id}");
    for (view, ready) in VIEWS.into_iter().chain([(trace.as_str(), "[data-row]")]) {
        page.open(view).await?;
        page.holds(&format!(
            "one({})?.checkVisibility() ?? false",
            json!(ready)
        ))
        .await?;
        let names = controls(&page, view).await?;
        assert!(names.len() >= 3, "{view}: {names:?}");
        if view == trace {
            assert!(
                names.iter().any(|name| name.contains("row node")),
                "{names:?}"
            );
        }
    }
    page.open("#/service-map").await?;
    page.holds("all('[data-share]').length > 0").await?;
    // On the map, Tab stops once; the arrow keys go on from there.
    page.tab_to("g.client").await?;
    for next in ["g.edge", "g.node:not(.client)"] {
        page.keys(Key::Right).await?;
        page.holds(&format!("document.activeElement.matches('{next}')"))
            .await?;
        page.holds(&format!("{FOCUSED}[1]")).await?;
    }
    page.close(&[]).await
}
