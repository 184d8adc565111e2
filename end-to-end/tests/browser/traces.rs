//! The list of traces: filter, refiners, groups, sorting, scatter, ids, new traces.

use end_to_end::Result;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{http, now, part, segment, send, trace_id, with},
};

/// 24 requests to "shop", a second apart: every fourth to /buy with 500 and slower, by alice, version v2; the others
/// to /look with 200, by bob, version v1.
fn requests() -> Vec<Value> {
    let start = now() - 40.0;
    (0..24)
        .map(|number| {
            let at = start + f64::from(number);
            match number % 4 {
                0 => request(at, 0.25, "/buy", 500, "alice", "v2"),
                _ => request(
                    at,
                    0.01 + f64::from(number) / 1e4,
                    "/look",
                    200,
                    "bob",
                    "v1",
                ),
            }
        })
        .collect()
}

fn request(at: f64, seconds: f64, path: &str, status: u16, user: &str, version: &str) -> Value {
    let more = json!({ "user": user, "annotations": { "version": version, "weight": 2.5 }, "origin": "AWS::EKS::Container" });
    segment(
        "shop",
        at,
        seconds,
        &with(
            http("GET", &format!("http://shop.local{path}"), status),
            &more,
        ),
    )
}

const FOUND: &str = "text('.found')";
const FILTER: &str = "params().filter ?? ''";

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_traces() -> Result<()> {
    let page = Page::start().await?;
    // A zone in which local time is not UTC.
    let zone = json!({ "timezoneId": "Asia/Kolkata" });
    page.browser
        .ask("Emulation.setTimezoneOverride", zone)
        .await?;
    let requests = requests();
    send(&page.console, &requests).await?;
    page.open("#/traces").await?;
    lines_say_what_xrays_own_list_says(&page, &requests[0]).await?;
    headings_sort(&page).await?;
    groups_say_how_many_and_narrow(&page).await?;
    refiners_write_the_expression(&page).await?;
    the_filter_box_completes(&page).await?;
    a_filter_that_does_not_parse_is_pointed_at_and_not_repeated(&page).await?;
    a_brush_over_the_scatter_selects_by_time_and_response_time(&page).await?;
    a_pasted_id_opens_the_trace(&page, requests[0]["trace_id"].as_str().unwrap()).await?;
    the_keyboard_is_enough(&page).await?;
    what_arrives_appears_without_a_reload(&page).await?;
    what_arrives_does_not_move_a_list_that_is_being_read(&page).await?;
    names_with_quotes_and_backslashes_can_be_clicked(&page).await?;
    on_a_telephone_the_list_keeps_what_matters(&page).await?;
    page.close(&["400 (Bad Request)"]).await
}

async fn lines_say_what_xrays_own_list_says(page: &Page, request: &Value) -> Result<()> {
    page.gives(FOUND, "24 traces found").await?;
    page.gives(
        "texts('.traces [role=columnheader] button')",
        json!([
            "ID",
            "Age",
            "Method",
            "Response",
            "Response time",
            "URL",
            "Why",
            "Client IP",
            "Annotations"
        ]),
    )
    .await?;
    // The youngest is on top; the oldest is the last line.
    let id = request["trace_id"].as_str().unwrap();
    let cells = format!("[...one('[data-trace=\"{id}\"]').children].map(words)");
    let cells: Vec<String> = page.read(&cells).await?;
    assert_eq!(cells[0], "✕");
    assert_eq!(cells[1], format!("…{}", &id[id.len() - 8..]));
    assert!(cells[2].ends_with(" s"), "{}", cells[2]);
    assert_eq!(
        cells[3..],
        [
            "GET",
            "500",
            "250 ms",
            "http://shop.local/buy",
            "shop",
            "192.0.2.7",
            "2"
        ]
    );
    page.gives("all('[data-trace]').at(-1).dataset.trace", id)
        .await?;
    // Times are given in the reader's zone, half an hour off the full hours, and in UTC.
    let times: String = page
        .read(&format!("one('[data-trace=\"{id}\"] .age').title"))
        .await?;
    let at = request["start_time"].as_f64().unwrap();
    let both: [String; 2] = page
        .read(&format!(
            "[{at} + 19800, {at}].map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' '))"
        ))
        .await?;
    let [local, utc] = times
        .split_once(" local time, ")
        .map(|(a, b)| [a, b])
        .unwrap();
    assert!(
        local.starts_with(&both[0]) && utc.starts_with(&both[1]) && utc.ends_with(" UTC"),
        "{times}"
    );
    Ok(())
}

async fn headings_sort(page: &Page) -> Result<()> {
    let first = "texts('[data-trace] .time')[0]";
    let sorted = "one('.traces [role=columnheader].time').ariaSort";
    page.click(".traces .head .time button").await?;
    page.gives(first, "10.1 ms").await?;
    page.gives(sorted, "ascending").await?;
    page.click(".traces .head .time button").await?;
    page.gives(first, "250 ms").await?;
    page.gives(sorted, "descending").await?;
    page.gives("params().sort", "-time").await?;
    page.click(".traces .head .url button").await?;
    page.gives("texts('[data-trace] .url')[0]", "http://shop.local/buy")
        .await?;
    page.click(".traces .head .age button").await?;
    page.holds("all('[data-trace]').length > 20").await
}

async fn groups_say_how_many_and_narrow(page: &Page) -> Result<()> {
    page.click(".overview summary").await?;
    let rows = "all('.overview tbody tr').map((row) => [...row.children].map(words))";
    page.gives(
        &format!("{rows}[1]"),
        json!([
            "/buy",
            "250 ms",
            "250 ms",
            "250 ms",
            "250 ms",
            "25 %",
            "0 OK, 0 throttled, 0 errors, 6 faults"
        ]),
    )
    .await?;
    for (by, values) in [
        ("status", ["200", "500"]),
        ("user", ["bob", "alice"]),
        ("annotation.version", ["v1", "v2"]),
        ("outcome", ["ok", "fault"]),
    ] {
        page.choose("[aria-label='Group by']", by).await?;
        page.gives(&format!("{rows}.map(([value]) => value)"), json!(values))
            .await?;
    }
    page.choose("[aria-label='Group by']", "node").await?;
    page.gives(
        &format!("{rows}.map(([value, , , , , share]) => [value, share])"),
        json!([["shop", "100 %"]]),
    )
    .await?;
    page.choose("[aria-label='Group by']", "annotation.version")
        .await?;
    page.click(".overview tbody tr:nth-child(2) button").await?;
    page.gives(FILTER, "annotation.version = \"v2\"").await?;
    page.gives(FOUND, "6 traces found").await?;
    page.open("#/traces").await
}

async fn refiners_write_the_expression(page: &Page) -> Result<()> {
    page.gives(FOUND, "24 traces found").await?;
    page.keys("r").await?;
    page.gives("text('.panel h2')", "Refine").await?;
    for value in ["500", "http://shop.local/buy", "http://shop.local/look"] {
        page.click(&format!(
            ".facet:is([data-facet='url'], [data-facet='status']) label[title='{value}'] input"
        ))
        .await?;
    }
    let written = "(http.url = \"http://shop.local/buy\" OR http.url = \"http://shop.local/look\") AND http.status = 500";
    page.holds("one('.written').innerText !== ''").await?;
    let shown: String = page.read("text('.written')").await?;
    let parts: Vec<&str> = shown.split(" AND ").collect();
    for part in written.split(" AND ") {
        assert!(parts.contains(&part), "{shown}");
    }
    page.click(".panel .primary").await?;
    page.gives(FILTER, shown).await?;
    page.gives(FOUND, "6 traces found").await?;
    page.open("#/traces").await
}

async fn the_filter_box_completes(page: &Page) -> Result<()> {
    let offered = "texts('#suggestions:not([hidden]) [role=option] .mono')";
    every_keyword_that_is_offered_may_stand_there(page).await?;
    page.fill("#filter", "serv").await?;
    page.gives(offered, json!(["service(\"", "service.version"]))
        .await?;
    page.keys(Key::Down + Key::Enter).await?;
    page.gives(offered, json!(["\"shop\""])).await?;
    page.keys(Key::Down + Key::Tab).await?;
    page.gives("one('#filter').value", "service(\"shop\"")
        .await?;
    page.keys(") { ").await?;
    page.holds(&format!(
        "{offered}.includes('fault') && !{offered}.includes('annotation.')"
    ))
    .await?;
    page.keys("ok OR fault } AND annotation.").await?;
    page.gives(offered, json!(["version =", "weight ="]))
        .await?;
    page.keys(Key::Down + Key::Enter).await?;
    page.gives(&format!("{offered}.sort()"), json!(["\"v1\"", "\"v2\""]))
        .await?;
    page.keys("\"v2").await?;
    page.gives(offered, json!(["\"v2\""])).await?;
    page.keys(Key::Down).await?;
    page.gives(
        "one('#filter').getAttribute('aria-activedescendant')",
        "suggestion-0",
    )
    .await?;
    page.keys(Key::Enter + Key::Escape + Key::Enter).await?;
    let filter = "service(\"shop\") { ok OR fault } AND annotation.version = \"v2\"";
    page.gives(FILTER, filter).await?;
    page.gives(FOUND, "6 traces found").await
}

/// Asks the console about each, with what might follow it.
async fn every_keyword_that_is_offered_may_stand_there(page: &Page) -> Result<()> {
    let refused: Vec<String> = page
        .read(
            r#"(async () => {
                const { suggest } = await import("/page/model/completion.js");
                const takes = async (FilterExpression) => (await fetch("/TraceSummaries", { method: "POST",
                    body: JSON.stringify({ StartTime: 1, EndTime: 2, FilterExpression }) })).ok;
                const ends = (text) => /\w$/.test(text) ? [''] : text.endsWith(' ') ? ['= 1', '= "a"', 'name = "a" }']
                    : ['a")', 'a", "b")', 'a = 1'];
                const refused = [];
                for (const before of ['', 'ok AND ', 'service("a") { ', 'edge("a", "b") { ', 'rootcause.fault.service { ',
                    'rootcause.error.exception { '])
                    for (const letter of 'abcdefghijklmnopqrstuvwxyz')
                        for (const { text } of suggest(before + letter, {}).items) {
                            const after = before.endsWith('{ ') ? ' }' : '';
                            const all = await Promise.all(ends(text).map((end) => takes(before + text + end + after)));
                            if (!all.includes(true) && text !== 'group.name ') refused.push(before + text);
                        }
                return refused;
            })()"#,
        )
        .await?;
    assert!(refused.is_empty(), "{refused:?}");
    Ok(())
}

async fn a_filter_that_does_not_parse_is_pointed_at_and_not_repeated(page: &Page) -> Result<()> {
    page.fill("#filter", "responsetime > \"ß\" AND fault")
        .await?;
    page.keys(Key::Escape + Key::Enter).await?;
    page.gives("text('.problem mark')", "\"").await?;
    page.gives(
        "one('.problem p').innerText",
        "responsetime > \"ß\" AND fault",
    )
    .await?;
    page.holds("/^At character 16: expected a number/.test(text('.problem p:last-child'))")
        .await?;
    page.gives("one('#filter').ariaInvalid", "true").await?;
    // What was found before stays, and the filter is not asked again whatever arrives.
    page.gives(FOUND, "6 traces found").await?;
    let asked = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/analysis/traces')).length";
    let before: usize = page.read(asked).await?;
    let statuses = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/status')).length";
    for _ in 0..3 {
        let status: usize = page.read(statuses).await?;
        send(
            &page.console,
            &[request(now() - 50.0, 0.25, "/buy", 500, "alice", "v2")],
        )
        .await?;
        page.holds(&format!("{statuses} > {status}")).await?;
    }
    page.gives(asked, before).await?;
    // Sent once more by the reader it is asked again, and mended it answers.
    page.keys(Key::Enter).await?;
    page.gives(asked, before + 1).await?;
    page.fill("#filter", "fault").await?;
    page.keys(Key::Escape + Key::Enter).await?;
    page.gives(FOUND, "9 traces found").await?;
    page.holds("one('.problem').hidden && !one('#filter').ariaInvalid")
        .await
}

async fn a_brush_over_the_scatter_selects_by_time_and_response_time(page: &Page) -> Result<()> {
    page.open("#/traces").await?;
    page.gives(FOUND, "27 traces found").await?;
    page.holds("/27 traces/.test(one('.scatter canvas').ariaLabel)")
        .await?;
    // The slow ones are in the upper half.
    page.drag(".scatter-plot", (0.01, 0.02), (0.99, 0.4))
        .await?;
    page.gives(FOUND, "9 traces found").await?;
    page.holds("/^responsetime >= 0\\.0\\d* AND responsetime <= 0\\.\\d*$/.test(params().filter)")
        .await?;
    page.holds("/^2.*Z~2.*Z$/.test(params().timeRange)").await?;
    page.holds("/^[\\d:]{8} – [\\d:]{8}$/.test(one('.range').selectedOptions[0].innerText)")
        .await?;
    page.click(".view-head a[href*='#/traces']").await?;
    page.gives("params().timeRange ?? ''", "").await
}

async fn a_pasted_id_opens_the_trace(page: &Page, id: &str) -> Result<()> {
    let bare = id.trim_start_matches("1-").replace('-', "");
    for pasted in [
        id.to_owned(),
        bare.clone(),
        format!("Root={id};Parent=53995c3f42cd8ad8;Sampled=1"),
        format!("00-{bare}-53995c3f42cd8ad8-01"),
    ] {
        page.go("#/traces").await?;
        page.fill("#filter", &pasted).await?;
        page.keys(Key::Enter).await?;
        page.gives("location.hash.split('?')[0]", format!("#/traces/{id}"))
            .await?;
        page.gives("all('[data-row]').length", 1).await?;
        page.gives("one('#filter').value", id).await?;
    }
    // A fragment may have either spelling too.
    page.open(&format!("#/traces/{bare}")).await?;
    page.gives("text('.fact-id .mono')", id).await
}

async fn the_keyboard_is_enough(page: &Page) -> Result<()> {
    page.open("#/service-map").await?;
    page.keys("t").await?;
    page.gives("document.title", "Traces – X-Ray console")
        .await?;
    page.holds("all('[data-trace]').length > 0").await?;
    page.keys("/").await?;
    page.gives("document.activeElement.id", "filter").await?;
    page.keys("fault").await?;
    page.keys(Key::Escape + Key::Enter).await?;
    page.gives(FILTER, "fault").await?;
    page.gives(FOUND, "9 traces found").await?;
    page.tab_to(".traces .head .time button").await?;
    page.keys(Key::Enter).await?;
    page.gives("params().sort", "time").await?;
    page.tab_to("[data-trace] a").await?;
    page.keys(Key::Enter).await?;
    page.gives("all('[data-row]').length", 1).await
}

async fn what_arrives_appears_without_a_reload(page: &Page) -> Result<()> {
    page.open("#/traces").await?;
    page.gives(FOUND, "27 traces found").await?;
    let start = now() - 0.2;
    let id = trace_id(start);
    let begun = json!({ "trace_id": id, "in_progress": true, "end_time": null });
    let mut document = segment("slow", start, 0.0, &begun);
    document.as_object_mut().unwrap().remove("end_time");
    send(&page.console, std::slice::from_ref(&document)).await?;
    page.gives(FOUND, "28 traces found").await?;
    page.gives("all('[data-trace]')[0].dataset.trace", id.clone())
        .await?;
    page.holds("texts('[data-trace]')[0].includes('partial')")
        .await?;
    let ended = json!({ "in_progress": false, "end_time": start + 0.15 });
    send(&page.console, &[with(document, &ended)]).await?;
    page.gives("texts('[data-trace] .time')[0]", "150 ms")
        .await?;
    let call = part(
        "late",
        start,
        0.1,
        &json!({ "trace_id": id, "annotations": { "late": true } }),
    );
    send(&page.console, &[call]).await?;
    page.gives("texts('[data-trace] .annotations')[0]", "1")
        .await
}

async fn what_arrives_does_not_move_a_list_that_is_being_read(page: &Page) -> Result<()> {
    page.browser.resize(1280, 500).await?;
    page.run("one('main').scrollTop = 200").await?;
    let top: String = page.read("all('[data-trace]')[3].dataset.trace").await?;
    let place = format!("one('[data-trace=\"{top}\"]').getBoundingClientRect().top");
    let before: f64 = page.read(&place).await?;
    let new: Vec<Value> = (0..3)
        .map(|_| request(now() - 0.1, 0.05, "/new", 200, "bob", "v1"))
        .collect();
    send(&page.console, &new).await?;
    page.gives("text('.chip')", "3 new").await?;
    page.holds(&format!("Math.abs({place} - {before}) < 2"))
        .await?;
    page.click(".chip").await?;
    page.gives("one('main').scrollTop", 0).await?;
    page.gives(
        "texts('[data-trace] .url').slice(0, 3)",
        vec!["http://shop.local/new"; 3],
    )
    .await?;
    page.browser.resize(1280, 900).await
}

async fn names_with_quotes_and_backslashes_can_be_clicked(page: &Page) -> Result<()> {
    let (service, text) = ("depot\\north (2)", r#"C:\temp\ "OR" fault) } AND"#);
    let more =
        json!({ "user": text, "annotations": { "place": text }, "origin": "AWS::EC2::Instance" });
    let url = http("GET", &format!("http://depot.local/{text}"), 200);
    send(
        &page.console,
        &[segment(service, now() - 0.3, 0.1, &with(url, &more))],
    )
    .await?;
    for by in ["url", "user", "annotation.place", "node"] {
        page.go(&format!("#/traces?group={by}")).await?;
        page.holds("all('[data-trace]').length > 5").await?;
        page.run("one('.overview').open = true").await?;
        let button = "all('.overview tbody button').find((one) => words(one).includes('\\\\'))";
        page.holds(&format!("{button} !== undefined")).await?;
        page.run(&format!("{button}.click()")).await?;
        page.gives(FOUND, "1 trace found").await?;
        page.holds("one('.problem').hidden").await?;
    }
    // The same from the map's panel.
    page.go("#/service-map").await?;
    page.holds("all('.node').length > 2").await?;
    page.run("all('.node').find(({ dataset }) => dataset.node.includes('\\\\') && dataset.type !== 'client').dispatchEvent(new MouseEvent('click'))")
        .await?;
    page.gives("text('.panel h2')", service).await?;
    page.click(".panel .actions a").await?;
    page.gives(FOUND, "1 trace found").await
}

async fn on_a_telephone_the_list_keeps_what_matters(page: &Page) -> Result<()> {
    page.browser.resize(400, 800).await?;
    page.open("#/traces").await?;
    page.holds("all('[data-trace]').length > 5").await?;
    page.gives(
        "[...one('[data-trace]').children].filter((cell) => cell.checkVisibility()).map(({ className }) => className.split(' ')[0])",
        json!(["outcome", "id", "age", "response", "time", "url"]),
    )
    .await?;
    page.holds("[...one('[data-trace]').children].every((cell) => cell.getBoundingClientRect().right <= 400)")
        .await?;
    // No heading is cut, and a short one says what it stands for.
    page.browser.resize(375, 800).await?;
    page.gives("innerWidth", 375).await?;
    let heads = "all('.traces [role=columnheader] button').filter((one) => one.checkVisibility())";
    page.gives(
        &format!("{heads}.map((one) => [words(one), one.title])"),
        json!([
            ["ID", ""],
            ["Age", ""],
            ["Res.", "Response"],
            ["Time", "Response time"],
            ["URL", ""]
        ]),
    )
    .await?;
    page.gives(
        &format!("{heads}.filter((one) => one.scrollWidth > one.clientWidth).map(words)"),
        json!([]),
    )
    .await?;
    page.browser.resize(1280, 900).await
}
