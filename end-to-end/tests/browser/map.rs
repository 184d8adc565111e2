//! The service map: rings, arrows, panels, zoom, search, the filter.

use std::f64::consts::TAU;

use end_to_end::Result;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{call, called, http, id, now, segment, send, with},
};

const TYPE: &str = "AWS::EKS::Container";
/// The radius of the middle of a ring's stroke.
const RING: f64 = 40.0;
/// What a share may be off by.
const TOLERANCE: f64 = 0.01;

/// 100 requests to "shop", which takes 200 ms for each: 60 answered well, 20 with 404, 10 with 429, 10 with 503. Each
/// calls "stock", which takes 50 ms, and waits 100 ms for it.
fn hand_made_graph() -> Vec<Value> {
    let statuses = [(60, 200), (20, 404), (10, 429), (10, 503)];
    let statuses = statuses
        .into_iter()
        .flat_map(|(times, status)| std::iter::repeat_n(status, times));
    statuses.flat_map(request).collect()
}

fn request(status: u16) -> [Value; 2] {
    let start = now() - 0.5;
    let origin = json!({ "origin": TYPE });
    let call = call("stock.local", start + 0.05, 0.1, "http://stock.local/", 200);
    let shop = segment(
        "shop",
        start,
        0.2,
        &with(
            http("GET", "http://shop.local/buy", status),
            &json!({ "origin": TYPE, "subsegments": [call] }),
        ),
    );
    let asked = with(http("GET", "http://stock.local/", 200), &origin);
    let stock = called(&shop, "stock", start + 0.07, 0.05, &asked);
    [shop, stock]
}

fn arcs(node: &str) -> String {
    format!("[...document.querySelectorAll('[data-node={node}][data-type] path[data-share]')]")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_map() -> Result<()> {
    let page = Page::start().await?;
    send(&page.console, &hand_made_graph()).await?;
    page.open("#/service-map").await?;
    rings_show_shares_in_numbers_and_in_drawn_arcs(&page).await?;
    a_node_says_average_rate_name_and_type(&page).await?;
    arrows_lead_from_ring_to_ring_and_say_what_the_caller_sees(&page).await?;
    a_click_on_a_node_shows_latency_as_served(&page).await?;
    check_boxes_narrow_the_distribution_and_the_link(&page).await?;
    a_brush_over_the_distribution_becomes_a_filter(&page).await?;
    a_click_on_an_edge_shows_latency_as_its_caller_sees_it(&page).await?;
    it_zooms_pans_and_fits(&page).await?;
    search_finds_and_selects_a_node(&page).await?;
    the_keyboard_is_enough(&page).await?;
    it_shows_exactly_the_traces_of_the_filter(&page).await?;
    nothing_moves_when_numbers_change(&page).await?;
    on_a_telephone_the_panel_is_a_sheet_from_below(&page).await?;
    page.close(&[]).await
}

async fn rings_show_shares_in_numbers_and_in_drawn_arcs(page: &Page) -> Result<()> {
    let wanted = [
        ("ok", 0.6),
        ("error", 0.2),
        ("throttle", 0.1),
        ("fault", 0.1),
    ];
    page.gives(&format!("{}.length", arcs("shop")), 4).await?;
    let drawn: Vec<(String, f64, f64, f64, f64)> = page
        .read(&format!(
            "{}.map((arc) => [arc.dataset.share, Number(arc.dataset.value), arc.getTotalLength(),
                arc.getPointAtLength(0).x, arc.getPointAtLength(0).y])",
            arcs("shop")
        ))
        .await?;
    let mut before = 0.0;
    for ((name, share), (drawn, value, length, x, y)) in wanted.into_iter().zip(drawn) {
        assert_eq!(drawn, name);
        assert!((value - share).abs() < TOLERANCE, "{name}: {value}");
        assert!(
            (length / (TAU * RING) - share).abs() < TOLERANCE,
            "{name}: {length} long"
        );
        // Clockwise from twelve o'clock, each where the one before it ends.
        let angle = before * TAU;
        let off = (x - RING * angle.sin()).hypot(y + RING * angle.cos());
        assert!(off < TOLERANCE * RING, "{name} begins at {x}, {y}");
        before += share;
    }
    page.gives(
        "texts('[data-node=shop]:not([data-type=client]) .badge')",
        json!(["!", "❚❚", "✕"]),
    )
    .await?;
    page.gives(
        &format!("{}.map((arc) => arc.dataset.value)", arcs("stock")),
        json!(["1"]),
    )
    .await
}

async fn a_node_says_average_rate_name_and_type(page: &Page) -> Result<()> {
    let node = "[data-node=shop][data-type=\"AWS::EKS::Container\"]";
    page.gives(
        &format!("texts('{node} .inside text')"),
        json!(["200 ms", "100 t/min"]),
    )
    .await?;
    page.gives(
        &format!("texts('{node} .label text')"),
        json!(["shop", TYPE]),
    )
    .await?;
    page.gives(
        &format!("getComputedStyle(one('{node} .type')).fontStyle"),
        "italic",
    )
    .await?;
    let title: String = page
        .read(&format!("one('{node} title').textContent"))
        .await?;
    for words in [
        "average 200 ms",
        "60 % ok",
        "20 % error",
        "10 % throttle",
        "10 % fault",
    ] {
        assert!(title.contains(words), "{title}");
    }
    Ok(())
}

/// Moves the pointer onto the edge from "shop" to "stock", and clicks if that is wanted.
async fn point_at_the_edge(page: &Page, is_click: bool) -> Result<()> {
    let driver = &page.browser.driver;
    let edge = driver
        .find(By::Css("[data-edge='shop → stock'] .hit"))
        .await?;
    let actions = driver.action_chain().move_to_element_center(&edge);
    let actions = if is_click { actions.click() } else { actions };
    Ok(actions.perform().await?)
}

async fn arrows_lead_from_ring_to_ring_and_say_what_the_caller_sees(page: &Page) -> Result<()> {
    page.gives(
        "all('[data-edge]').map(({ dataset }) => dataset.edge).sort()",
        json!(["Clients → shop", "shop → stock"]),
    )
    .await?;
    // The arrowhead touches the ring of the called and no more, and columns go from left to right.
    page.holds(
        "(() => {
            const box = (selector) => one(selector).getBoundingClientRect();
            const arrow = box('[data-edge=\"shop → stock\"] .arrow');
            const [from, to] = [box('[data-node=shop] .face'), box('[data-node=stock] .face')];
            return from.right < arrow.left && Math.abs(to.left - arrow.right) < 6;
        })()",
    )
    .await?;
    point_at_the_edge(page, false).await?;
    page.gives(
        "getComputedStyle(one('[data-edge=\"shop → stock\"] .edge-label')).opacity",
        "1",
    )
    .await?;
    page.gives(
        "one('[data-edge=\"shop → stock\"] .edge-label').textContent",
        "100 ms, 100 t/min",
    )
    .await?;
    // A tenth of the calls of the clients failed: a tenth of that stroke is red.
    page.holds(
        "Math.abs(parseFloat(one('[data-edge=\"Clients → shop\"] .fault').getAttribute('stroke-dasharray')) - 0.1) < 0.01",
    )
    .await
}

async fn a_click_on_a_node_shows_latency_as_served(page: &Page) -> Result<()> {
    page.click("[data-node=stock] .face").await?;
    page.gives("text('.panel h2')", "stock").await?;
    page.holds("text('.panel').includes('as served, without the network')")
        .await?;
    page.gives(
        "texts('.panel .facts dd')",
        json!(["50 ms", "50 ms, 50 ms, 50 ms", "100 t/min", "100", "0 %"]),
    )
    .await?;
    page.gives("params().select", "stock").await?;
    // What the selected node does not touch fades.
    page.gives(
        "all('.map .faded').map(({ dataset }) => dataset.node ?? dataset.edge).sort()",
        json!(["Clients", "Clients → shop"]),
    )
    .await
}

async fn check_boxes_narrow_the_distribution_and_the_link(page: &Page) -> Result<()> {
    page.click("[data-node=shop]:not([data-type=client]) .face")
        .await?;
    page.gives("text('.panel h2')", "shop").await?;
    let counts =
        "Object.fromEntries(all('[data-count]').map((one) => [one.dataset.count, one.innerText]))";
    page.gives(
        counts,
        json!({ "ok": "60", "error": "20", "throttle": "10", "fault": "10" }),
    )
    .await?;
    page.gives("one('.plot svg').ariaLabel", "Distribution of 100 calls")
        .await?;
    for outcome in ["ok", "error", "throttle"] {
        page.click(&format!(".outcomes .{outcome} input")).await?;
    }
    page.gives("one('.plot svg').ariaLabel", "Distribution of 10 calls")
        .await?;
    page.click(".panel .actions a").await?;
    page.gives("params().filter", "service(\"shop\") { fault }")
        .await?;
    page.gives("text('.found')", "10 traces found").await?;
    page.run("history.back()").await
}

async fn a_brush_over_the_distribution_becomes_a_filter(page: &Page) -> Result<()> {
    page.gives("text('.panel h2')", "shop").await?;
    page.holds("all('.plot rect').length > 0").await?;
    page.drag(".plot", (0.9, 0.5), (1.0, 0.5)).await?;
    page.holds("!one('.plot .brush').hidden").await?;
    page.click(".panel .actions a").await?;
    page.holds("/^service\\(\"shop\"\\) \\{ responsetime >= 0\\.18\\d* AND responsetime <= 0\\.2\\d* \\}$/.test(params().filter)")
        .await?;
    page.gives("text('.found')", "100 traces found").await?;
    page.run("history.back()").await?;
    // The same range, in numbers.
    page.gives("text('.panel h2')", "shop").await?;
    page.holds("all('.plot rect').length > 0").await?;
    page.fill(".from-to input", "300").await?;
    page.keys(Key::Tab).await?;
    page.click(".panel .actions a").await?;
    page.gives("text('.empty h2')", "No trace matches").await?;
    page.run("history.back()").await
}

async fn a_click_on_an_edge_shows_latency_as_its_caller_sees_it(page: &Page) -> Result<()> {
    page.holds("one('[data-edge=\"shop → stock\"]') !== null")
        .await?;
    point_at_the_edge(page, true).await?;
    page.gives("text('.panel h2')", "shop → stock").await?;
    page.holds("text('.panel').includes('as the caller sees it, with the network')")
        .await?;
    page.gives("text('.panel .facts dd')", "100 ms").await?;
    page.click(".outcomes .error input").await?;
    page.click(".panel .actions a").await?;
    page.gives(
        "params().filter",
        "edge(\"shop\", \"stock\") { ok OR throttle OR fault }",
    )
    .await?;
    page.gives("text('.found')", "100 traces found").await?;
    page.open("#/service-map").await
}

async fn it_zooms_pans_and_fits(page: &Page) -> Result<()> {
    let place = "(({ left, width }) => [left, width].map(Math.round))(one('[data-node=stock] .face').getBoundingClientRect())";
    page.holds("one('[data-node=stock]') !== null").await?;
    let [left, width]: [i64; 2] = page.read(place).await?;
    page.click("[title^='Zoom in']").await?;
    page.gives(&format!("{place}[1] > {width}"), true).await?;
    page.click("[title^='Zoom out']").await?;
    page.gives(&format!("Math.abs({place}[1] - {width}) < 2"), true)
        .await?;
    page.drag(".map", (0.5, 0.9), (0.6, 0.9)).await?;
    page.gives(&format!("Math.abs({place}[0] - {left} - 128) < 3"), true)
        .await?;
    page.run("one('.map').dispatchEvent(new WheelEvent('wheel', { deltaY: -200, clientX: 640, clientY: 400, cancelable: true }))")
        .await?;
    page.gives(&format!("{place}[1] > {width} * 1.2"), true)
        .await?;
    page.click("[title^='Show all']").await?;
    page.gives(place, json!([left, width])).await
}

async fn search_finds_and_selects_a_node(page: &Page) -> Result<()> {
    page.fill("input[list=services]", "sto").await?;
    page.gives(
        "all('.node:not(.faded)').map(({ dataset }) => dataset.node)",
        json!(["shop", "stock"]),
    )
    .await?;
    page.keys("ck").await?;
    page.gives("text('.panel h2')", "stock").await?;
    page.click("[aria-label='Close the panel']").await?;
    page.holds("one('.panel').hidden && all('.map .faded').length === 0")
        .await
}

async fn the_keyboard_is_enough(page: &Page) -> Result<()> {
    page.open("#/service-map").await?;
    page.holds("one('[data-node=stock]') !== null").await?;
    // The graph is one stop; from there the arrows go along the calls.
    page.gives("all('.map [tabindex=\"0\"]').length", 1).await?;
    page.tab_to(".node").await?;
    let at = "(({ dataset }) => dataset.node ?? dataset.edge)(document.activeElement)";
    for (key, place) in [
        (Key::Right, "Clients → shop"),
        (Key::Right, "shop"),
        (Key::Right, "shop → stock"),
        (Key::Left, "shop"),
        (Key::Left, "Clients → shop"),
        (Key::Right, "shop"),
        (Key::Right, "shop → stock"),
        (Key::Right, "stock"),
    ] {
        page.keys(key).await?;
        page.gives(at, place).await?;
    }
    page.keys(Key::Enter).await?;
    page.gives("text('.panel h2')", "stock").await?;
    page.holds("one('.panel').contains(document.activeElement)")
        .await?;
    page.tab_to(".outcomes .fault input").await?;
    page.keys(" ").await?;
    page.holds("!one('.outcomes .fault input').checked").await?;
    page.keys(Key::Escape).await?;
    page.holds("one('.panel').hidden && document.activeElement.dataset.node === 'stock'")
        .await?;
    let transform = "one('.map > g').getAttribute('transform')";
    let fitted: String = page.read(transform).await?;
    page.run("document.activeElement.blur()").await?;
    for key in [
        "+".into(),
        Key::Left.into(),
        Key::Up.into(),
        TypingData::from("-"),
    ] {
        let before: String = page.read(transform).await?;
        page.keys(key).await?;
        page.holds(&format!("{transform} !== {}", json!(before)))
            .await?;
    }
    page.keys("0").await?;
    page.gives(transform, fitted).await?;
    page.keys("f").await?;
    page.holds("document.activeElement.matches('[list=services]')")
        .await
}

async fn it_shows_exactly_the_traces_of_the_filter(page: &Page) -> Result<()> {
    page.open("#/service-map?filter=fault").await?;
    page.gives(
        &format!(
            "{}.map((arc) => [arc.dataset.share, arc.dataset.value])",
            arcs("shop")
        ),
        json!([["fault", "1"]]),
    )
    .await?;
    page.gives("one('#filter').value", "fault").await?;
    page.go("#/service-map?filter=http.url%20CONTAINS%20%22nowhere%22")
        .await?;
    page.gives("text('.empty h2')", "No trace matches").await?;
    page.click(".empty a.button").await?;
    page.gives(&format!("{}.length", arcs("shop")), 4).await
}

async fn nothing_moves_when_numbers_change(page: &Page) -> Result<()> {
    page.open("#/service-map").await?;
    let places = "all('[data-node]').map((node) => node.getAttribute('transform'))";
    page.holds("all('[data-node]').length === 3").await?;
    page.run("one('[data-node=stock]').mark = 'the same element'")
        .await?;
    let before: Value = page.read(places).await?;
    send(&page.console, &request(503)).await?;
    page.holds(
        "Math.abs(one('[data-node=shop] [data-share=fault]').dataset.value - 11 / 101) < 1e-6",
    )
    .await?;
    page.gives(places, before).await?;
    page.gives("one('[data-node=stock]').mark", "the same element")
        .await?;
    let new = segment(
        "shelf",
        now() - 0.1,
        0.05,
        &json!({ "origin": TYPE, "id": id() }),
    );
    send(&page.console, &[new]).await?;
    page.holds("one('[data-node=shelf]:not([data-type=client])') !== null")
        .await
}

async fn on_a_telephone_the_panel_is_a_sheet_from_below(page: &Page) -> Result<()> {
    page.browser.resize(400, 800).await?;
    page.open("#/service-map?select=stock").await?;
    page.gives("text('.panel h2')", "stock").await?;
    page.holds(
        "(({ left, width, bottom, top }) => left === 0 && width === 400 && bottom === 800 && top > 200)(one('.panel').getBoundingClientRect())",
    )
    .await?;
    page.holds("all('.node').every((node) => node.getBoundingClientRect().right <= 402)")
        .await?;
    page.browser.resize(375, 800).await?;
    page.gives("innerWidth", 375).await?;
    page.gives(
        "new Set(all('.map-controls button').map((one) => one.getBoundingClientRect().top)).size",
        1,
    )
    .await
}

/// A gateway that calls sixty services, of which one fails and calls a table.
fn a_wide_map() -> Vec<Value> {
    let start = now() - 1.0;
    let services: Vec<Value> = (0..60)
        .map(|number| {
            call(
                &format!("service-{number:02}"),
                start,
                0.1,
                "http://service.local/",
                if number == 41 { 500 } else { 200 },
            )
        })
        .collect();
    let gateway = segment("gateway", start, 0.2, &json!({ "subsegments": services }));
    let called = (0..60).map(|number| {
        let parent = json!({ "trace_id": gateway["trace_id"], "parent_id": gateway["subsegments"][number]["id"] });
        let status = if number == 41 { 500 } else { 200 };
        segment(&format!("service-{number:02}"), start, 0.1, &with(parent, &http("GET", "http://service.local/", status)))
    });
    std::iter::once(gateway.clone()).chain(called).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wide_map_can_be_read() -> Result<()> {
    let page = Page::start().await?;
    send(&page.console, &a_wide_map()).await?;
    page.open("#/service-map").await?;
    page.holds("all('.node').length === 62").await?;
    names_are_as_large_as_can_be_read(&page).await?;
    // One layer of sixty, in several columns.
    page.holds("new Set(all('.node[data-node^=service]').map((node) => node.getAttribute('transform').split(' ')[0])).size > 3")
        .await?;
    page.browser.resize(2560, 1440).await?;
    page.open("#/service-map").await?;
    page.holds("all('.node').length === 62").await?;
    names_are_as_large_as_can_be_read(&page).await?;
    page.browser.resize(1280, 900).await?;
    what_fails_can_be_seen_alone(&page).await?;
    page.go("#/service-map?depth=1").await?;
    page.gives(
        "all('.node').map(({ dataset }) => dataset.node).sort()",
        json!(["Clients", "gateway"]),
    )
    .await?;
    page.go("#/service-map?depth=1&select=service-07").await?;
    page.gives(
        "all('.node').map(({ dataset }) => dataset.node).sort()",
        json!(["gateway", "service-07"]),
    )
    .await?;
    page.click(".legend summary").await?;
    page.gives(
        "texts('.legend dd b')",
        json!(["OK", "Error", "Throttle", "Fault"]),
    )
    .await?;
    page.close(&[]).await
}

/// Names have at least nine pixels, and none lies on another one or on a ring.
async fn names_are_as_large_as_can_be_read(page: &Page) -> Result<()> {
    page.holds(
        "(() => {
            const scale = one('.map > g').getCTM().a;
            const shown = all('.node .label').filter((label) => label.checkVisibility());
            const boxes = shown.map((label) => label.getBoundingClientRect());
            const rings = all('.node:not(.client) .face').map((face) => face.getBoundingClientRect());
            const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
            const sizes = shown.map((label) => parseFloat(getComputedStyle(label.firstChild).fontSize) * scale);
            return shown.length > 20 && Math.min(...sizes) >= 9 && boxes.every((box, at) => boxes.slice(at + 1).every((other) => apart(box, other)))
                && boxes.every((box) => rings.every((ring) => apart(box, ring)));
        })()",
    )
    .await?;
    // What fails has its name before all others.
    page.holds("one('.node[data-node=service-41] .label').checkVisibility()")
        .await
}

async fn what_fails_can_be_seen_alone(page: &Page) -> Result<()> {
    page.click(".unhealthy input").await?;
    page.gives(
        "all('.node').map(({ dataset }) => dataset.node).sort()",
        json!(["service-41"]),
    )
    .await?;
    page.gives("params().unhealthy", "true").await?;
    page.click(".unhealthy input").await?;
    page.gives("all('.node').length", 62).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_call_is_drawn_over_time_and_is_called_one() -> Result<()> {
    let page = Page::start().await?;
    send(
        &page.console,
        &[segment("alone", now() - 1.0, 0.2, &json!({}))],
    )
    .await?;
    page.open("#/service-map?select=alone").await?;
    page.holds("all('.over-time .span title').some((one) => one.textContent.includes(': 1 call, 0 % not OK'))")
        .await?;
    page.holds(
        "all('.over-time polyline').every((line) => line.getBoundingClientRect().width > 0)",
    )
    .await?;
    page.close(&[]).await
}
