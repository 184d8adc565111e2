//! What all views share: the address, live and pause, clear, themes, keys, empty states.

use end_to_end::{Console, Result};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{http, now, segment, send},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_frame() -> Result<()> {
    let page = Page::start().await?;
    an_empty_console_teaches_where_to_send(&page).await?;
    what_was_refused_is_said_where_nothing_is_shown(&page).await?;
    it_is_live_and_can_be_paused(&page).await?;
    fragments_are_those_of_xrays_own_console(&page).await?;
    the_time_range_stays_from_view_to_view(&page).await?;
    nothing_in_the_range_offers_a_longer_one(&page).await?;
    themes_follow_the_system_or_the_reader(&page).await?;
    motion_is_reduced_for_those_who_ask(&page).await?;
    keys_lead_everywhere_and_are_listed(&page).await?;
    the_panel_can_be_made_wider(&page).await?;
    a_lost_connection_is_said_and_comes_back(page).await
}

async fn an_empty_console_teaches_where_to_send(page: &Page) -> Result<()> {
    let address = page.console.address;
    page.open("").await?;
    for view in ["#/service-map", "#/traces"] {
        page.go(view).await?;
        page.gives("text('.empty h2')", "No segments yet").await?;
        page.holds(&format!("text('.empty').includes('UDP {address}')"))
            .await?;
        page.holds(&format!(
            "texts('.pasteable pre')[0].includes('export AWS_XRAY_DAEMON_ADDRESS={address}')"
        ))
        .await?;
        page.holds(&format!(
            "texts('.pasteable pre')[1].startsWith('export OTEL_EXPORTER_OTLP_ENDPOINT=http://{address}\\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\\n')"
        ))
        .await?;
    }
    // The last block is what it says: bash sends a segment with it.
    let line: String = page.read("texts('.pasteable pre')[2]").await?;
    let sent = tokio::process::Command::new("bash")
        .args(["-c", &line])
        .status()
        .await?;
    assert!(sent.success(), "{line}");
    page.gives("texts('[data-trace] .url')", json!(["hello"]))
        .await
}

async fn what_was_refused_is_said_where_nothing_is_shown(page: &Page) -> Result<()> {
    page.console.send(b"nonsense")?;
    page.open("#/service-map?filter=fault").await?;
    page.gives("text('.empty h2')", "No trace matches").await?;
    page.holds("text('.received').includes('The last refused') && text('.received .excerpt') === 'nonsense'").await?;
    page.holds("/no_header: /.test(text('.received b'))")
        .await?;
    page.click(".empty a[href^='#/wire']").await?;
    page.gives("document.title", "Wire – X-Ray console").await
}

async fn it_is_live_and_can_be_paused(page: &Page) -> Result<()> {
    page.open("#/traces").await?;
    page.gives("text('.found')", "1 trace found").await?;
    page.gives("one('.live').dataset.state", "live").await?;
    page.gives("text('[data-live]')", "1 trace/min").await?;
    page.keys("p").await?;
    page.gives("text('[data-live]')", "Paused").await?;
    send(
        &page.console,
        &[segment("shop", now() - 0.2, 0.1, &json!({}))],
    )
    .await?;
    page.gives("text('[data-live]')", "Paused, 1 new").await?;
    page.gives("text('.found')", "1 trace found").await?;
    page.click(".live").await?;
    page.gives("text('.found')", "2 traces found").await?;
    // Clear asks first.
    page.click("[title=\"Empty the console's store\"]").await?;
    page.browser.driver.dismiss_alert().await?;
    page.gives("text('.found')", "2 traces found").await?;
    page.click("[title=\"Empty the console's store\"]").await?;
    page.browser.driver.accept_alert().await?;
    page.gives("text('.empty h2')", "No segments yet").await
}

async fn fragments_are_those_of_xrays_own_console(page: &Page) -> Result<()> {
    let at = now() - 2.0;
    let shop = segment("shop", at, 1.5, &http("GET", "http://shop.local/", 500));
    send(&page.console, std::slice::from_ref(&shop)).await?;
    let id = shop["trace_id"].as_str().unwrap();
    let [from, to]: [String; 2] = page
        .read(&format!(
            "[{at} - 60, {at} + 60].map((at) => new Date(at * 1000).toISOString().slice(0, 19))"
        ))
        .await?;
    for (fragment, title, shows) in [
        (String::new(), "Service map", ".node"),
        ("#/service-map".to_owned(), "Service map", ".node"),
        ("#/service-map?timeRange=PT1H".to_owned(), "Service map", ".node"),
        ("#/traces".to_owned(), "Traces", "[data-trace]"),
        ("#/traces?timeRange=PT15M&filter=duration%20%3E%3D%201%20AND%20duration%20%3C%3D%208".to_owned(), "Traces", "[data-trace]"),
        ("#/traces?filter=service(%22shop%22)%20%7B%20fault%20%3D%20true%20OR%20responsetime%20%3E%202.5%20%7D".to_owned(), "Traces", "[data-trace]"),
        // Times without a zone are UTC; minutes do.
        (format!("#/traces?timeRange={from}~{to}"), "Traces", "[data-trace]"),
        (format!("#/traces?timeRange={}~{to}", &from[..16]), "Traces", "[data-trace]"),
        (format!("#/traces/{id}"), &format!("Trace {id}"), "[data-row]"),
        (format!("#/traces/{id}/map"), &format!("Trace {id}"), ".map.small .node"),
        (format!("#/traces/{id}/raw"), &format!("Trace {id}"), ".side pre"),
        ("#/somewhere/else".to_owned(), "Service map", ".node"),
    ] {
        page.open(&fragment).await?;
        page.gives("document.title", format!("{title} – X-Ray console")).await?;
        let shown = format!("all({}).some((one) => one.checkVisibility())", json!(shows));
        page.holds(&shown).await.map_err(|error| format!("{fragment}: {error}"))?;
    }
    Ok(())
}

async fn the_time_range_stays_from_view_to_view(page: &Page) -> Result<()> {
    page.open("#/service-map?filter=fault").await?;
    page.choose(".range", "PT15M").await?;
    page.gives(
        "params()",
        json!({ "filter": "fault", "timeRange": "PT15M" }),
    )
    .await?;
    page.click("[data-view=traces]").await?;
    page.gives("document.title", "Traces – X-Ray console")
        .await?;
    page.gives(
        "params()",
        json!({ "filter": "fault", "timeRange": "PT15M" }),
    )
    .await?;
    page.gives(
        "[one('.range').value, one('#filter').value]",
        json!(["PT15M", "fault"]),
    )
    .await?;
    page.run("history.back()").await?;
    page.gives("document.title", "Service map – X-Ray console")
        .await
}

async fn nothing_in_the_range_offers_a_longer_one(page: &Page) -> Result<()> {
    page.open("#/traces?timeRange=2020-01-01T00:00~2020-01-01T01:00")
        .await?;
    page.gives("text('.empty h2')", "Nothing in this time range")
        .await?;
    page.click(".empty button.longer").await?;
    page.gives("params().timeRange", "PT6H").await?;
    page.holds("all('[data-trace]').length === 1").await
}

async fn themes_follow_the_system_or_the_reader(page: &Page) -> Result<()> {
    let ground = "getComputedStyle(document.body).backgroundColor";
    let [light, dark] = ["rgb(246, 247, 248)", "rgb(15, 20, 25)"];
    page.open("#/traces").await?;
    page.gives(ground, light).await?;
    page.browser.prefer("prefers-color-scheme", "dark").await?;
    page.gives(ground, dark).await?;
    let switch = "[aria-label^='Theme:']";
    for (label, colour) in [("Theme: light", light), ("Theme: dark", dark)] {
        page.click(switch).await?;
        page.gives(&format!("one(\"{switch}\").ariaLabel"), label)
            .await?;
        page.gives(ground, colour).await?;
    }
    page.browser.prefer("prefers-color-scheme", "light").await?;
    page.open("#/traces").await?;
    page.gives(ground, dark).await?;
    page.click(switch).await?;
    page.gives(ground, light).await
}

async fn motion_is_reduced_for_those_who_ask(page: &Page) -> Result<()> {
    let moves = "parseFloat(getComputedStyle(one('.node')).transitionDuration) > 0";
    page.open("#/service-map").await?;
    page.holds("one('.node') !== null").await?;
    page.holds(moves).await?;
    page.browser
        .prefer("prefers-reduced-motion", "reduce")
        .await?;
    page.gives(moves, false).await?;
    page.browser.prefer("prefers-reduced-motion", "").await
}

async fn keys_lead_everywhere_and_are_listed(page: &Page) -> Result<()> {
    for (key, title) in [
        ("t", "Traces"),
        ("s", "Sampling"),
        ("w", "Wire"),
        ("m", "Service map"),
    ] {
        page.keys(key).await?;
        page.gives("document.title", format!("{title} – X-Ray console"))
            .await?;
    }
    page.keys("?").await?;
    page.holds(
        "document.activeElement.innerText === 'Close' && text('dialog').includes('Zoom in')",
    )
    .await?;
    // Below the sheet nothing listens.
    page.keys("t").await?;
    page.gives("document.title", "Service map – X-Ray console")
        .await?;
    page.keys(Key::Enter).await?;
    page.gives("all('dialog').length", 0).await?;
    page.keys("/").await?;
    page.gives("document.activeElement.id", "filter").await?;
    page.keys("t").await?;
    page.gives("one('#filter').value", "t").await?;
    page.keys(Key::Backspace + Key::Escape).await
}

async fn the_panel_can_be_made_wider(page: &Page) -> Result<()> {
    page.open("#/service-map?select=shop").await?;
    page.gives("one('.panel').offsetWidth", 360).await?;
    page.tab_to(".panel > .handle").await?;
    page.keys(Key::Left + Key::Left).await?;
    page.gives("one('.panel').offsetWidth", 400).await?;
    page.drag(".panel > .handle", (0.5, 0.5), (-9.5, 0.5))
        .await?;
    page.gives("Math.abs(one('.panel').offsetWidth - 480) < 12", true)
        .await?;
    let width: u32 = page.read("one('.panel').offsetWidth").await?;
    page.open("#/service-map?select=shop").await?;
    page.gives("one('.panel').offsetWidth", width).await
}

async fn a_lost_connection_is_said_and_comes_back(mut page: Page) -> Result<()> {
    page.open("#/traces").await?;
    page.holds("all('[data-trace]').length === 1").await?;
    let address = page.console.address.to_string();
    page.console.program.kill().await?;
    page.gives("text('[data-live]')", "No connection").await?;
    page.gives(
        "text('.message [role=alert]')",
        format!("✕ The console does not answer at {address}. Is it still running?"),
    )
    .await?;
    // What was read stays.
    page.gives("all('[data-trace]').length", 1).await?;
    page.console = Console::listen(&address).await?;
    page.gives("one('.live').dataset.state", "live").await?;
    page.gives("text('.empty h2')", "No segments yet").await?;
    page.close(&["net::ERR_"]).await
}
