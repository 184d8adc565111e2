//! One trace: header, map, timeline, tabs, raw data, search, keys, late documents, the exported file.

use end_to_end::Result;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{call, called, http, merge, now, part, put_item, segment, send, with},
};

const TYPE: &str = "AWS::EKS::Container";

/// A request to "shop" of 200 ms: it asks "stock" from 20 to 120 ms, which works from 40 to 100 ms and fails, and then
/// writes to a table from 130 to 180 ms.
struct Example {
    id: String,
    shop: Value,
    stock: Value,
}

impl Example {
    fn new() -> Self {
        let start = now() - 1.0;
        let exception = json!({ "id": "00000000000000aa", "type": "OutOfStock", "message": "none left of 42", "remote": true,
            "stack": [{ "path": "src/shelf.rs", "line": 12, "label": "take" }] });
        let failure = json!({ "fault": true, "cause": { "working_directory": "/srv", "exceptions": [exception] } });
        let call = call(
            "stock.local",
            start + 0.02,
            0.1,
            "http://stock.local/42",
            500,
        );
        let table = put_item(start + 0.13);
        let shop = segment(
            "shop",
            start,
            0.2,
            &with(
                http("POST", "http://shop.local/buy", 502),
                &json!({
            "origin": TYPE, "user": "alice", "annotations": { "version": "v2", "weight": 2.5, "express": true },
            "metadata": { "default": { "basket": ["tea", "milk"] } },
            "aws": { "eks": { "pod": "shop-7c9f" }, "xray": { "sampling_rule_name": "checkout" } },
            "subsegments": [call, table] }),
            ),
        );
        let work = part("take", start + 0.05, 0.03, &failure);
        let stock = called(
            &shop,
            "stock",
            start + 0.04,
            0.06,
            &with(
                http("GET", "http://stock.local/42", 500),
                &json!({ "origin": TYPE, "subsegments": [work] }),
            ),
        );
        Self {
            id: shop["trace_id"].as_str().unwrap().to_owned(),
            shop,
            stock,
        }
    }

    fn fragment(&self) -> String {
        format!("#/traces/{}", self.id)
    }
}

const ROWS: &str = "all('[data-row]').map(({ dataset }) => dataset.name)";
const SELECTED: &str = "(one('[data-row][aria-selected=true]')?.dataset.name ?? null)";
const NAMES: [&str; 5] = ["shop", "stock.local", "DynamoDB", "stock", "take"];

#[tokio::test(flavor = "multi_thread")]
async fn a_trace() -> Result<()> {
    let page = Page::start().await?;
    let example = Example::new();
    // The caller's document first; that of the called comes late.
    send(&page.console, std::slice::from_ref(&example.shop)).await?;
    page.open(&example.fragment()).await?;
    late_segments_appear_without_a_reload(&page, &example).await?;
    the_header_says_what_was_asked_and_answered(&page, &example).await?;
    its_own_map_shows_its_services(&page).await?;
    bars_lie_where_their_times_are(&page).await?;
    the_critical_path_leads_through_what_was_waited_for(&page).await?;
    tabs_say_all_that_is_known_of_a_part(&page).await?;
    the_next_error_is_a_key_away(&page, &example).await?;
    search_marks_what_it_finds(&page).await?;
    the_keyboard_is_enough(&page).await?;
    raw_data_is_what_was_received_and_can_be_copied(&page, &example).await?;
    a_chain_of_causes_is_told_by_its_words(&page).await?;
    what_is_in_progress_grows_until_it_ends(&page).await?;
    parts_whose_parent_never_came_are_shown(&page).await?;
    what_others_write_is_joined(&page).await?;
    on_a_telephone_nothing_is_cut_off(&page, &example).await?;
    an_exported_trace_opens_without_a_server(&page, &example).await?;
    page.close(&[]).await
}

async fn late_segments_appear_without_a_reload(page: &Page, example: &Example) -> Result<()> {
    page.gives(
        ROWS,
        json!(["shop", "stock.local", "DynamoDB", "stock.local", "orders"]),
    )
    .await?;
    page.run("window.loaded = 'once'").await?;
    send(&page.console, std::slice::from_ref(&example.stock)).await?;
    page.gives(
        &format!("{ROWS}.filter((name) => name !== 'orders')"),
        json!(NAMES),
    )
    .await?;
    page.gives("window.loaded", "once").await
}

async fn the_header_says_what_was_asked_and_answered(page: &Page, example: &Example) -> Result<()> {
    let facts = "Object.fromEntries(all('.head-facts div').map((one) => [words(one.children[0]), words(one.children[1])]))";
    let facts: Value = page.read(facts).await?;
    assert_eq!(facts["Method"], "POST");
    assert_eq!(facts["Response"], "✕ 502");
    assert_eq!(facts["Duration"], "200 ms");
    assert_eq!(facts["URL"], "http://shop.local/buy");
    assert!(
        facts["ID"].as_str().unwrap().starts_with(&example.id),
        "{facts}"
    );
    let age = facts["Age"].as_str().unwrap();
    assert!(age.contains(" local, ") && age.ends_with(" UTC)"), "{age}");
    page.gives(
        "document.title",
        format!("Trace {} – X-Ray console", example.id),
    )
    .await
}

async fn its_own_map_shows_its_services(page: &Page) -> Result<()> {
    page.gives(
        "all('.small [data-node]').map(({ dataset }) => dataset.node).sort()",
        json!(["Clients", "orders", "shop", "stock"]),
    )
    .await?;
    page.gives(
        "texts('.small [data-node=stock] .inside text')",
        json!(["60 ms", "1 call"]),
    )
    .await
}

async fn bars_lie_where_their_times_are(page: &Page) -> Result<()> {
    // Shares of the axis, from the pixels that are drawn.
    let bar = |name: &str| {
        format!(
        "(() => {{
            const row = one('[data-row][data-name=\"{name}\"]');
            const [bar, track] = ['.bar', '.track'].map((part) => row.querySelector(part).getBoundingClientRect());
            return [(bar.left - track.left) / track.width, bar.width / track.width];
        }})()")
    };
    for (name, from, length) in [
        ("shop", 0.0, 1.0),
        ("stock.local", 0.1, 0.5),
        ("stock", 0.2, 0.3),
        ("take", 0.25, 0.15),
        ("DynamoDB", 0.65, 0.25),
    ] {
        let [left, width]: [f64; 2] = page.read(&bar(name)).await?;
        assert!(
            (left - from).abs() < 0.01 && (width - length).abs() < 0.01,
            "{name}: {left}, {width}"
        );
    }
    page.gives(
        "texts('.tick')",
        json!(["0 ms", "50 ms", "100 ms", "150 ms", "200 ms"]),
    )
    .await?;
    let label =
        |name: &str| format!("one('[data-row][data-name=\"{name}\"] .bar-label').innerText");
    page.gives(&label("shop"), "POST shop.local/buy").await?;
    page.gives(&label("stock.local"), "Remote: GET stock.local/42")
        .await?;
    page.gives(&label("DynamoDB"), "PutItem orders").await?;
    page.gives(
        "all('[data-row]').slice(0, 3).map(({ dataset }) => dataset.depth)",
        json!(["0", "1", "1"]),
    )
    .await?;
    // Three blues.
    page.gives(
        "new Set(['shop', 'stock.local', 'take'].map((name) => getComputedStyle(one(`[data-row][data-name=\"${name}\"] .bar`)).backgroundColor)).size",
        3,
    )
    .await?;
    page.gives(
        "all('.group').slice(0, 2).map((one) => words(one).replace(/\\s+/g, ' '))",
        json!([format!("▾shop {TYPE}"), format!("▾stock {TYPE}")]),
    )
    .await
}

async fn the_critical_path_leads_through_what_was_waited_for(page: &Page) -> Result<()> {
    let critical = "Object.fromEntries(all('[data-row]').map((row) => [row.dataset.name, [...row.querySelectorAll('.critical')].map((line) =>
        Math.round(line.getBoundingClientRect().width / row.querySelector('.track').getBoundingClientRect().width * 200))]).filter(([, all]) => all.length > 0))";
    // In milliseconds: 20 before the call, 10 between, 20 after; the call itself 20 and 20; stock 20 and 10 around its work.
    page.gives(
        &format!(
            "JSON.stringify({critical}, ['shop', 'stock.local', 'DynamoDB', 'stock', 'take'])"
        ),
        r#"{"shop":[20,10,20],"stock.local":[20,20],"DynamoDB":[50],"stock":[20,10],"take":[30]}"#,
    )
    .await
}

async fn tabs_say_all_that_is_known_of_a_part(page: &Page) -> Result<()> {
    page.click("[data-row][data-name=shop] .name").await?;
    page.gives("text('.panel h2')", "shop").await?;
    page.gives(
        "texts('[role=tab]')",
        json!([
            "Overview",
            "Resources",
            "Annotations",
            "Metadata",
            "Exceptions",
            "Raw"
        ]),
    )
    .await?;
    let body = "text('#tab-body').replace(/\\s+/g, ' ')";
    let shows = async |tab: &str, words: &[&str]| -> Result<()> {
        page.click(&format!("[data-tab={tab}]")).await?;
        for one in words {
            page.holds(&format!("{body}.includes({})", json!(one)))
                .await?;
        }
        Ok(())
    };
    shows(
        "Overview",
        &[
            "Outcome ✕ Fault",
            "Duration 200 ms",
            "Self time 50 ms",
            "User alice",
            "Method POST",
            "Client 192.0.2.7",
            "User agent tests/1",
            "Status 502",
            "Sampling rule checkout",
            " UTC",
        ],
    )
    .await?;
    shows(
        "Resources",
        &[&format!("Origin {TYPE}"), "\"pod\": \"shop-7c9f\""],
    )
    .await?;
    shows("Annotations", &["version v2", "weight 2.5", "express true"]).await?;
    shows("Metadata", &["default", "\"milk\""]).await?;
    shows("Exceptions", &["No exceptions in this segment."]).await?;
    shows("Raw", &["\"name\": \"shop\""]).await?;
    page.click("[data-row][data-name=stock] .name").await?;
    // The tab stays chosen; where something was thrown, that comes first.
    page.gives("text('[role=tab][aria-selected=true]')", "Raw")
        .await?;
    page.click("[data-row][data-name=take] .name").await?;
    page.gives("text('[role=tab][aria-selected=true]')", "Exceptions")
        .await?;
    shows(
        "Exceptions",
        &[
            "OutOfStock",
            "none left of 42",
            "Working directory /srv",
            "take src/shelf.rs:12",
        ],
    )
    .await?;
    page.click("[data-tab=Overview]").await?;
    // A link to the part is in the address.
    let address: String = page.read("location.hash").await?;
    page.open(&address).await?;
    page.gives(SELECTED, "take").await?;
    page.gives("text('.panel h2')", "take").await?;
    page.keys(Key::Escape).await?;
    page.holds("one('.panel').hidden").await
}

async fn the_next_error_is_a_key_away(page: &Page, example: &Example) -> Result<()> {
    page.open(&example.fragment()).await?;
    // Four parts say that they failed; what is inferred of "stock.local" is not a fifth.
    page.gives("text('.tools button')", "Next error (4)")
        .await?;
    let reason = "OutOfStock: none left of 42";
    page.gives(
        "texts('.head-reasons li')",
        json!([format!("✕\nstock › take: {reason}")]),
    )
    .await?;
    page.gives("texts('.timeline .reason')", json!([reason]))
        .await?;
    page.gives(
        "one('.timeline .reason').previousElementSibling.dataset.name",
        "take",
    )
    .await?;
    // From where it began to who called, and round.
    for name in ["take", "stock", "stock.local", "shop", "take"] {
        page.keys("e").await?;
        page.gives(SELECTED, name).await?;
    }
    page.gives("text('.panel .exception h3')", "OutOfStock remote")
        .await?;
    page.keys(Key::Escape).await?;
    page.click(".head-reasons button").await?;
    page.gives("text('.panel .exception p')", "none left of 42")
        .await?;
    page.keys(Key::Escape).await
}

/// A refused connection and what is inferred of it; a chain of causes; who hands on another one's exception.
async fn a_chain_of_causes_is_told_by_its_words(page: &Page) -> Result<()> {
    let start = now() - 1.0;
    let [outer, inner] = [
        ("00000000000000c1", "Wrapped"),
        ("00000000000000c2", "Refused"),
    ]
    .map(|(id, name)| json!({ "id": id, "type": name, "message": "no connection" }));
    let chain =
        json!({ "exceptions": [with(outer, &json!({ "cause": "00000000000000c2" })), inner] });
    let mut refused = call("nobody.local", start, 0.1, "http://nobody.local/", 500);
    merge(&mut refused, &json!({ "cause": chain }));
    let shop = segment(
        "shop",
        start,
        0.2,
        &json!({ "fault": true, "cause": "00000000000000c1", "subsegments": [refused] }),
    );
    send(&page.console, std::slice::from_ref(&shop)).await?;
    page.open(&format!("#/traces/{}", shop["trace_id"].as_str().unwrap()))
        .await?;
    // The inferred segment began when the call did, and stands after it.
    page.gives(ROWS, json!(["shop", "nobody.local", "nobody.local"]))
        .await?;
    page.gives("text('.tools button')", "Next error (2)")
        .await?;
    page.gives(
        "texts('.timeline .reason')",
        json!(["Wrapped: no connection"]),
    )
    .await?;
    page.keys("e").await?;
    page.gives(
        "text('.panel .exception .hint')",
        "Caused by Refused: no connection in nobody.local",
    )
    .await?;
    page.keys("e").await?;
    page.gives(SELECTED, "shop").await?;
    page.click("[data-tab=Exceptions]").await?;
    page.gives(
        "text('#tab-body')",
        "The cause is the exception Wrapped: no connection in nobody.local.",
    )
    .await
}

async fn search_marks_what_it_finds(page: &Page) -> Result<()> {
    page.keys(Key::Escape + "/").await?;
    page.keys("none left").await?;
    page.gives("text('.tools [role=status]')", "1 found")
        .await?;
    page.gives("texts('.timeline .found')", json!(["take"]))
        .await?;
    page.keys(Key::Enter).await?;
    page.gives(SELECTED, "take").await?;
    page.fill(".tools input", "").await?;
    page.keys(Key::Backspace).await?;
    page.gives("all('.timeline .found').length", 0).await
}

async fn the_keyboard_is_enough(page: &Page) -> Result<()> {
    page.open("#/service-map").await?;
    page.keys("t").await?;
    page.holds("one('[data-trace] a') !== null").await?;
    page.tab_to("[data-trace] a").await?;
    page.keys(Key::Enter).await?;
    page.holds(&format!("{ROWS}.length >= 5")).await?;
    for (keys, name) in [
        ("f", "shop"),
        ("f", "stock.local"),
        ("f", "DynamoDB"),
        ("b", "stock.local"),
    ] {
        page.keys(keys).await?;
        page.gives(SELECTED, name).await?;
    }
    page.keys(Key::Up).await?;
    page.gives(SELECTED, "shop").await?;
    page.keys(Key::Left).await?;
    page.holds(&format!("!{ROWS}.includes('DynamoDB')")).await?;
    page.keys(Key::Right).await?;
    page.holds(&format!("{ROWS}.includes('DynamoDB')")).await?;
    page.keys("[").await?;
    page.gives(ROWS, json!([])).await?;
    page.keys("]").await?;
    page.holds(&format!("{ROWS}.length >= 5")).await?;
    page.keys("?").await?;
    page.holds("text('dialog').includes('Next row') && text('dialog').includes('Collapse all')")
        .await?;
    page.keys(Key::Escape).await?;
    page.gives("all('dialog').length", 0).await?;
    page.tab_to("[data-tab=Overview]").await?;
    page.keys(Key::Right).await?;
    page.gives("document.activeElement.dataset.tab", "Resources")
        .await
}

async fn raw_data_is_what_was_received_and_can_be_copied(
    page: &Page,
    example: &Example,
) -> Result<()> {
    let allowed = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    page.browser
        .ask("Browser.grantPermissions", allowed)
        .await?;
    page.open(&format!("{}/raw", example.fragment())).await?;
    page.gives("texts('.side h2')[0]", "As received: 2 documents")
        .await?;
    let received: Vec<String> = page.read("texts('.side section:first-child pre')").await?;
    let sent = json!([example.shop, example.stock]).to_string();
    page.holds(&format!("JSON.stringify(texts('.side section:first-child pre').map(JSON.parse)) === JSON.stringify({sent})"))
        .await?;
    page.click(".side button").await?;
    page.gives("text('.side button')", "Copied").await?;
    page.gives("navigator.clipboard.readText()", received.join("\n"))
        .await?;
    page.click(".kinds a").await?;
    page.click(".fact-id button").await?;
    page.gives("navigator.clipboard.readText()", example.id.clone())
        .await
}

async fn what_is_in_progress_grows_until_it_ends(page: &Page) -> Result<()> {
    let start = now() - 1.0;
    let mut begun = segment("baker", start, 0.0, &json!({ "in_progress": true }));
    begun.as_object_mut().unwrap().remove("end_time");
    send(&page.console, std::slice::from_ref(&begun)).await?;
    page.open(&format!("#/traces/{}", begun["trace_id"].as_str().unwrap()))
        .await?;
    page.gives("text('[data-row] .duration')", "in progress")
        .await?;
    page.holds("one('.bar.growing') !== null && text('.fact-duration').includes('in progress')")
        .await?;
    let ticks: Vec<String> = page.read("texts('.tick')").await?;
    page.holds(&format!(
        "JSON.stringify(texts('.tick')) !== JSON.stringify({})",
        json!(ticks)
    ))
    .await?;
    let ended = json!({ "in_progress": false, "end_time": start + 2.0 });
    send(&page.console, &[with(begun, &ended)]).await?;
    page.gives("text('[data-row] .duration')", "2 s").await?;
    page.gives("all('.bar.growing').length", 0).await
}

async fn parts_whose_parent_never_came_are_shown(page: &Page) -> Result<()> {
    let root = segment("shop", now() - 1.0, 0.5, &json!({}));
    let lost = segment(
        "stock",
        now() - 0.9,
        0.1,
        &json!({ "trace_id": root["trace_id"], "parent_id": "00000000000000ff" }),
    );
    send(&page.console, &[root.clone(), lost]).await?;
    page.open(&format!("#/traces/{}", root["trace_id"].as_str().unwrap()))
        .await?;
    page.gives("text('.group.missing b')", "missing parent")
        .await?;
    page.gives(ROWS, json!(["shop", "stock"])).await
}

/// Both sides of a call with one id, as Zipkin's joined spans have it; a cause that is the id of the subsegment that failed, as
/// AWS's SDK for Node.js writes it.
async fn what_others_write_is_joined(page: &Page) -> Result<()> {
    let start = now() - 1.0;
    let exception = json!({ "exceptions": [{ "type": "RangeError", "message": "out of range" }] });
    let call = call("stock", start, 0.4, "http://stock/1", 500);
    let call = with(call, &json!({ "cause": exception }));
    let (id, cause) = (
        call["id"].clone(),
        json!({ "id": call["id"], "exceptions": [] }),
    );
    let shop = segment(
        "shop",
        start,
        0.5,
        &json!({ "fault": true, "cause": cause, "subsegments": [call] }),
    );
    let stock = segment(
        "stock",
        start + 0.1,
        0.2,
        &json!({ "trace_id": shop["trace_id"], "parent_id": shop["id"], "id": id }),
    );
    send(&page.console, &[shop.clone(), stock]).await?;
    page.open(&format!("#/traces/{}", shop["trace_id"].as_str().unwrap()))
        .await?;
    page.gives(ROWS, json!(["shop", "stock", "stock"])).await?;
    // Clients and the two services: the callee is there once.
    page.gives("all('.small [data-node]').length", 3).await?;
    page.click("[data-row][data-name=shop] .name").await?;
    page.click("[data-tab=Exceptions]").await?;
    let body = "text('#tab-body').replace(/\\s+/g, ' ')";
    page.holds(&format!(
        "{body}.includes('Recorded in stock') && {body}.includes('RangeError')"
    ))
    .await?;
    page.keys(Key::Escape).await
}

async fn on_a_telephone_nothing_is_cut_off(page: &Page, example: &Example) -> Result<()> {
    page.browser.resize(400, 800).await?;
    page.open(&example.fragment()).await?;
    page.holds(&format!("{ROWS}.length >= 5")).await?;
    page.holds("all('[data-row] .bar').every((bar) => bar.getBoundingClientRect().right <= 400)")
        .await?;
    page.holds("all('.head-facts dd, .tools button').every((one) => one.getBoundingClientRect().right <= 400)").await?;
    page.holds("one('.tools input').getBoundingClientRect().width >= 160")
        .await?;
    page.click("[data-row][data-name=take] .name").await?;
    page.holds(
        "(({ left, width }) => left === 0 && width === 400)(one('.panel').getBoundingClientRect())",
    )
    .await?;
    page.click("[aria-label='Close the panel']").await?;
    page.browser.resize(1280, 900).await
}

async fn an_exported_trace_opens_without_a_server(page: &Page, example: &Example) -> Result<()> {
    page.open(&example.fragment()).await?;
    page.holds(&format!("{ROWS}.length >= 5")).await?;
    page.open_exported(&example.id).await?;
    page.holds(&format!(
        "{ROWS}.filter((name) => name !== 'orders').length === 5"
    ))
    .await?;
    page.gives("all('script, button').length", 0).await?;
    // Links into the console lead nowhere in a file.
    page.gives("all('a[href^=\"#/\"]').length", 0).await?;
    page.holds("document.body.innerText.includes('http://shop.local/buy') && document.body.innerText.includes('200 ms')").await?;
    // Its style sheets are inside: the bars lie where they lie in the console.
    page.holds(
        "(() => {
            const row = one('[data-row][data-name=\"stock\"]');
            const [bar, track] = ['.bar', '.track'].map((part) => row.querySelector(part).getBoundingClientRect());
            return Math.abs((bar.left - track.left) / track.width - 0.2) < 0.01 && getComputedStyle(row.querySelector('.bar')).height === '14px';
        })()",
    )
    .await?;
    page.run("all('details').forEach((one) => { one.open = true; })")
        .await?;
    page.holds("document.body.innerText.includes('none left of 42') && document.body.innerText.includes('shop-7c9f')").await?;
    Ok(())
}
