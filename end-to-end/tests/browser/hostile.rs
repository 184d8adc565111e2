//! Text from outside is text: markup in names, URLs, annotations and messages never becomes part of the page.

use end_to_end::Result;
use serde_json::{Value, json};

use crate::browser::{
    page::Page,
    traffic::{called, http, now, part, segment, send, with},
};

/// What would run if any of it became markup.
const MARKUP: &str = r#"<img src=x onerror="window.executed=1">"'></script><script>window.executed=1</script>&lt;b&gt;{{7*7}}"#;
/// Turns the direction of what follows.
const TURNED: &str = "\u{202e}\u{2066}abc\u{200f}";

fn hostile() -> String {
    format!("{MARKUP}{TURNED}")
}

/// With a word of 10 kB behind it. Only a few of these fit into a datagram.
fn long() -> String {
    format!("{}{}", hostile(), "w".repeat(10_000))
}

/// A trace that carries it wherever a document has text.
fn trace() -> Vec<Value> {
    let (text, long, start) = (hostile(), long(), now() - 1.0);
    let name = format!("{MARKUP}{}", "n".repeat(80));
    let exception = json!({ "type": text, "message": long, "stack": [{ "path": text, "line": 1, "label": text }] });
    let call = part(
        &name,
        start + 0.01,
        0.1,
        &json!({ "namespace": "remote",
        "http": { "request": { "method": text, "url": text } }, "sql": { "sanitized_query": text } }),
    );
    let request = json!({ "http": { "request": { "method": MARKUP, "url": long, "user_agent": long, "client_ip": MARKUP },
        "response": { "status": 500 } } });
    let front = segment(
        &name,
        start,
        0.3,
        &with(
            request,
            &json!({
        "origin": text, "user": text, "fault": true, "cause": { "working_directory": text, "exceptions": [exception] },
        "annotations": { "words": long, "more": MARKUP }, "metadata": { text.clone(): { text.clone(): text } },
        "aws": { "xray": { "sampling_rule_name": text }, "eks": { "pod": text } }, "service": { "version": text },
        "links": [{ "trace_id": MARKUP }], "subsegments": [call] }),
        ),
    );
    let back = called(
        &front,
        &name,
        start + 0.02,
        0.05,
        &with(
            http("GET", "javascript:window.executed=1", 200),
            &json!({ "origin": MARKUP }),
        ),
    );
    vec![front, back]
}

#[tokio::test(flavor = "multi_thread")]
async fn text_from_outside_stays_text_in_every_view() -> Result<()> {
    let page = Page::start().await?;
    let documents = trace();
    let id = documents[0]["trace_id"].as_str().unwrap();
    send(&page.console, &documents).await?;
    let status = page.console.status().await?;
    assert_eq!(
        status["documents"]["accepted"],
        documents.len(),
        "{status:#}"
    );
    page.console.send(long().as_bytes())?;
    page.console.received(documents.len() as u64 + 1).await?;
    page.open("#/service-map").await?;
    for (fragment, ready, then) in [
        (
            "#/service-map".to_owned(),
            "[data-share]",
            "all('.node:not(.client)').at(-1).dispatchEvent(new MouseEvent('click'))",
        ),
        (
            "#/service-map".to_owned(),
            "[data-share]",
            "all('.edge').at(-1).dispatchEvent(new MouseEvent('click'))",
        ),
        (
            "#/traces".to_owned(),
            "[data-trace]",
            "one('.groups').open = true; all('.view-head button').at(-1).click()",
        ),
        (
            "#/traces?group=annotation.words".to_owned(),
            "[data-trace]",
            "all('.facet input').forEach((one) => one.click())",
        ),
        (
            format!("#/traces/{id}"),
            "[data-row]",
            "all('details').forEach((one) => { one.open = true; })",
        ),
        (format!("#/traces/{id}/raw"), ".side pre", ""),
        (
            format!("#/compare?a={id}&b={id}"),
            ".compare .window-list .row",
            "",
        ),
        (
            "#/wire".to_owned(),
            ".wire .window-list .row",
            "all('.wire .excerpt').forEach((one) => one.click())",
        ),
        (format!("#/traces/{MARKUP}"), ".message [role=alert]", ""),
        (
            format!("#/traces?filter={MARKUP}"),
            ".problem:not([hidden])",
            "",
        ),
        (
            format!("#/traces?timeRange={MARKUP}&sort={MARKUP}&group={MARKUP}"),
            ".message [role=alert]",
            "",
        ),
        (
            format!("#/compare?a={MARKUP}&b={MARKUP}"),
            ".message [role=alert]",
            "",
        ),
    ] {
        page.go(&fragment).await?;
        page.holds(&format!(
            "one({})?.checkVisibility() ?? false",
            json!(ready)
        ))
        .await
        .map_err(|error| format!("{fragment}: {error}"))?;
        page.run(then).await?;
        is_text(&page, &fragment).await?;
    }
    in_every_tab(&page, id).await?;
    in_the_filter_box(&page).await?;
    in_the_exported_file(&page, id).await?;
    // A complaint of the browser, such as a violation of the content security policy, fails the room.
    page.close(&["400 (Bad Request)", "404 (Not Found)"]).await
}

/// A name is read in the order of its letters: right to left where it is written so, and never turned around by a character in it.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_isolated_and_not_turned_around() -> Result<()> {
    let page = Page::start().await?;
    let (turned, arabic) = ("svc\u{202e}gnirts", "\u{62e}\u{62f}\u{645}\u{629}");
    let start = now() - 1.0;
    let inner = part(arabic, start, 0.1, &json!({}));
    let document = segment(turned, start, 0.2, &json!({ "subsegments": [inner] }));
    send(&page.console, std::slice::from_ref(&document)).await?;
    let shown = "svc\u{2039}U+202E\u{203a}gnirts";
    page.open("#/service-map").await?;
    page.gives("texts('.node:not(.client) .label')[0]", shown)
        .await?;
    page.go(&format!(
        "#/traces/{}",
        document["trace_id"].as_str().unwrap()
    ))
    .await?;
    page.gives("texts('[data-row] bdi.text')", json!([shown, arabic]))
        .await?;
    page.gives(
        "getComputedStyle(all('[data-row] .text')[1]).unicodeBidi",
        "isolate",
    )
    .await?;
    // What is copied and searched is the name itself.
    page.gives("one('[data-row]').dataset.name", turned).await?;
    page.close(&[]).await
}

/// Nothing ran, no element and no handler of it is there, links lead nowhere else, the page is no wider for it.
async fn is_text(page: &Page, place: &str) -> Result<()> {
    let harm: Vec<String> = page
        .read(
            "[window.executed === undefined ? '' : 'executed',
              ...all('img, body script, iframe, [onerror], [onload], b b b').map((one) => one.outerHTML.slice(0, 200)),
              ...all('a').map(({ href }) => href).filter((href) => !/^(http:\\/\\/127|$)/.test(href)),
              document.documentElement.scrollWidth > innerWidth ? 'wider than the window' : ''].filter(Boolean)",
        )
        .await?;
    assert!(harm.is_empty(), "{place}: {harm:#?}");
    Ok(())
}

async fn in_every_tab(page: &Page, id: &str) -> Result<()> {
    page.go(&format!("#/traces/{id}")).await?;
    page.holds("all('[data-row]').length >= 3").await?;
    for row in [1, 0] {
        page.run(&format!("all('[data-row]')[{row}].click()"))
            .await?;
        page.holds("all('[data-tab]').length === 6").await?;
        for tab in [
            "Overview",
            "Resources",
            "Annotations",
            "Metadata",
            "Exceptions",
            "Raw",
        ] {
            page.run(&format!("one('[data-tab={tab}]').click()"))
                .await?;
            is_text(page, tab).await?;
        }
    }
    page.run("one('[data-tab=Exceptions]').click()").await?;
    // It is shown, as it is.
    page.holds(&format!("text('#tab-body').includes({})", json!(MARKUP)))
        .await
}

async fn in_the_filter_box(page: &Page) -> Result<()> {
    page.go("#/traces").await?;
    for typed in [
        "annotation.words = ",
        "annotation.more = ",
        "http.url = ",
        "user = ",
        "service(",
    ] {
        page.run("one('#filter').blur()").await?;
        page.fill("#filter", typed).await?;
        page.holds("all('#suggestions [role=option]').length > 0")
            .await?;
        is_text(page, typed).await?;
    }
    Ok(())
}

async fn in_the_exported_file(page: &Page, id: &str) -> Result<()> {
    page.go(&format!("#/traces/{id}")).await?;
    page.open_exported(id).await?;
    page.holds("all('[data-row]').length >= 3").await?;
    page.run("all('details').forEach((one) => { one.open = true; })")
        .await?;
    let harm: Vec<String> = page
        .read(
            "[window.executed === undefined ? '' : 'executed',
              ...all('img, script, iframe, button, [onerror], [onload]').map((one) => one.outerHTML.slice(0, 200)),
              ...all('a').map(({ href }) => href).filter((href) => !/^(file:|http:\\/\\/127)/.test(href))].filter(Boolean)",
        )
        .await?;
    assert!(harm.is_empty(), "{harm:#?}");
    page.holds(&format!(
        "document.body.innerText.includes({})",
        json!(MARKUP)
    ))
    .await?;
    Ok(())
}
