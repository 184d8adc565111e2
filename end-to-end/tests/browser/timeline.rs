//! A trace's timeline from near and far: zoom, names, statistics, flame, log lines beside it, and very many rows.

use end_to_end::{Result, eventually};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{http, now, part, segment, send, with},
};

const ROWS: &str = "all('[data-row]').map(({ dataset }) => dataset.name)";

/// Two seconds, of which "warm-up" takes the first, and from 1.5 s on "steps" has ten parts of 1 ms.
fn two_seconds() -> Value {
    let start = now() - 5.0;
    let steps: Vec<Value> = (0..10)
        .map(|step| {
            part(
                "step",
                start + 1.5 + f64::from(step) * 0.001,
                0.001,
                &json!({}),
            )
        })
        .collect();
    let parts = [
        part("warm-up", start, 1.0, &json!({})),
        part("steps", start + 1.5, 0.01, &json!({ "subsegments": steps })),
    ];
    segment(
        "shop",
        start,
        2.0,
        &with(
            http("GET", "http://shop.local/", 200),
            &json!({ "subsegments": parts }),
        ),
    )
}

fn fragment(trace: &Value) -> String {
    format!("#/traces/{}", trace["trace_id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_from_near_and_far() -> Result<()> {
    let page = Page::start().await?;
    let trace = two_seconds();
    send(&page.console, std::slice::from_ref(&trace)).await?;
    page.open(&fragment(&trace)).await?;
    page.holds(&format!("{ROWS}.length === 13")).await?;
    dragging_over_the_strip_shows_a_part_of_the_time(&page).await?;
    keys_zoom_to_the_row_and_back(&page).await?;
    statistics_name_what_took_the_time(&page).await?;
    a_flame_is_as_wide_as_the_time(&page).await?;
    page.close(&[]).await
}

async fn dragging_over_the_strip_shows_a_part_of_the_time(page: &Page) -> Result<()> {
    let width = "one('[data-row][data-name=step] .bar').getBoundingClientRect().width";
    page.holds(&format!("{width} <= 2")).await?;
    page.drag(".strip", (0.745, 0.5), (0.76, 0.5)).await?;
    page.holds(&format!("{width} > 10")).await?;
    // What lies before the part is said to.
    page.gives("text('[data-row][data-name=warm-up] .beyond.before')", "◂")
        .await?;
    page.holds("text('.overview-words').includes(' of 2 s')")
        .await?;
    page.holds("texts('.tick').every((words) => / s$/.test(words)) && new Set(texts('.tick')).size === texts('.tick').length")
        .await?;
    page.click(".overview-words button").await?;
    page.holds(&format!("{width} <= 2")).await
}

async fn keys_zoom_to_the_row_and_back(page: &Page) -> Result<()> {
    page.click("[data-row][data-name=steps] .name").await?;
    page.keys("z").await?;
    let share = "one('[data-row][data-name=steps] .bar').getBoundingClientRect().width / one('[data-row][data-name=steps] .track').getBoundingClientRect().width";
    page.holds(&format!("{share} > 0.99")).await?;
    page.keys("-").await?;
    page.holds(&format!("Math.abs({share} - 0.5) < 0.02"))
        .await?;
    page.keys("+").await?;
    page.holds(&format!("{share} > 0.99")).await?;
    // Who goes to a row beyond the part that is shown sees it.
    page.keys("b").await?;
    page.gives(
        "one('[data-row][aria-selected=true]').dataset.name",
        "warm-up",
    )
    .await?;
    page.holds("one('[data-row][data-name=warm-up] .bar') !== null")
        .await?;
    page.keys("0").await?;
    page.gives("text('.overview-words')", "Drag to zoom")
        .await?;
    page.keys(Key::Escape).await
}

async fn statistics_name_what_took_the_time(page: &Page) -> Result<()> {
    page.click(".kinds a[href*='/statistics']").await?;
    let rows = "all('.statistics tbody tr').map((row) => [...row.children].map(words))";
    page.gives(
        rows,
        json!([
            ["warm-up", "shop", "1", "0", "1 s", "1 s 50 %", "1 s"],
            ["shop", "shop", "1", "0", "2 s", "990 ms 49.5 %", "2 s"],
            ["step", "shop", "10", "0", "10 ms", "10 ms 0.5 %", "1 ms"],
            ["steps", "shop", "1", "0", "10 ms", "0 ms 0 %", "10 ms"],
        ]),
    )
    .await?;
    page.run("all('.statistics th button')[2].click()").await?;
    page.gives("one('.statistics tbody tr').dataset.name", "step")
        .await?;
    page.click(".statistics tbody tr a").await?;
    page.gives(
        "one('[data-row][aria-selected=true]')?.dataset.name ?? null",
        "step",
    )
    .await
}

async fn a_flame_is_as_wide_as_the_time(page: &Page) -> Result<()> {
    page.click(".kinds a[href*='/flame']").await?;
    let width = |name: &str| {
        format!(
            "one('.flame-part[data-name=\"{name}\"]').getBoundingClientRect().width / one('.flame').getBoundingClientRect().width"
        )
    };
    page.holds(&format!("{} > 0.99", width("shop"))).await?;
    page.holds(&format!("Math.abs({} - 0.5) < 0.01", width("warm-up")))
        .await?;
    // Ten parts of one name are one.
    page.gives("all('.flame-part[data-name=step]').length", 1)
        .await?;
    page.run("one('.flame-part[data-name=steps]').click()")
        .await?;
    page.holds(&format!("{} > 0.99", width("steps"))).await?;
    page.holds("text('.side').includes('1 part, 10 ms with all below')")
        .await?;
    page.run("all('.flame-path button')[0].click()").await?;
    page.holds(&format!("{} > 0.99", width("shop"))).await
}

/// Who looks at a trace that is still growing keeps the order and the part that were chosen.
#[tokio::test(flavor = "multi_thread")]
async fn documents_that_arrive_change_no_choice_in_statistics_and_flame() -> Result<()> {
    let page = Page::start().await?;
    let trace = two_seconds();
    send(&page.console, std::slice::from_ref(&trace)).await?;
    page.open(&format!("{}/statistics", fragment(&trace)))
        .await?;
    let first = "one('.statistics tbody tr')?.dataset.name ?? null";
    page.gives(first, "warm-up").await?;
    page.run("all('.statistics th button')[2].focus(); all('.statistics th button')[2].click()")
        .await?;
    page.gives(first, "step").await?;
    let another = async |name: &str| -> Result<()> {
        let more = json!({ "trace_id": trace["trace_id"], "parent_id": trace["id"] });
        send(&page.console, &[segment(name, now() - 4.0, 1.5, &more)]).await
    };
    another("bank").await?;
    page.holds("one('.statistics [data-name=bank]') !== null")
        .await?;
    page.gives(first, "step").await?;
    page.gives("document.activeElement?.textContent", "Count")
        .await?;

    page.click(".kinds a[href*='/flame']").await?;
    page.holds("one('.flame-part[data-name=steps]') !== null")
        .await?;
    page.run("one('.flame-part[data-name=steps]').click()")
        .await?;
    let at = "text('.flame-path b')";
    page.gives(at, "steps").await?;
    another("post").await?;
    // The part above it is wider than it by what arrived.
    page.holds("one('.flame-part[data-name=shop]') === null && one('.flame-part[data-name=step]') !== null")
        .await?;
    page.gives(at, "steps").await?;
    page.run("all('.flame-path button')[0].click()").await?;
    page.holds("one('.flame-part[data-name=post]') !== null")
        .await?;
    // Another trace begins anew.
    let other = two_seconds();
    send(&page.console, std::slice::from_ref(&other)).await?;
    page.go(&format!("{}/statistics", fragment(&other))).await?;
    page.gives(first, "warm-up").await?;
    page.close(&[]).await
}

/// Sixty levels within each other keep their names, and the column of names can be made wider.
#[tokio::test(flavor = "multi_thread")]
async fn names_stay_however_deep_they_stand() -> Result<()> {
    let page = Page::start().await?;
    let start = now() - 5.0;
    let deepest = part("level 60", start, 1.0, &json!({}));
    let nested = (1..60).rev().fold(deepest, |inner, level| {
        part(
            &format!("level {level:02}"),
            start,
            1.0,
            &json!({ "subsegments": [inner] }),
        )
    });
    let trace = segment("deep", start, 1.0, &json!({ "subsegments": [nested] }));
    send(&page.console, std::slice::from_ref(&trace)).await?;
    page.open(&fragment(&trace)).await?;
    page.holds(&format!("{ROWS}.length > 20")).await?;
    page.keys("f").await?;
    page.keys("b").await?;
    page.gives(
        "one('[data-row][aria-selected=true]')?.dataset.name ?? null",
        "level 60",
    )
    .await?;
    page.keys(Key::Escape).await?;
    // Of each as much as twelve letters take.
    let room = "all('[data-row] .name').map((cell) => cell.getBoundingClientRect().right - cell.querySelector('.text').getBoundingClientRect().left)";
    page.holds(&format!("Math.min(...{room}) > 90")).await?;
    page.holds("texts('[data-row] .depth').includes('60')")
        .await?;
    let width = "one('.timeline .head .name').getBoundingClientRect().width";
    let before: f64 = page.read(width).await?;
    page.drag(".timeline .handle", (0.5, 0.5), (20.5, 0.5))
        .await?;
    page.holds(&format!("{width} > {before} + 100")).await?;
    page.tab_to(".timeline .handle").await?;
    let wider: f64 = page.read(width).await?;
    page.keys(Key::Right).await?;
    page.holds(&format!("Math.abs({width} - {wider} - 20) < 2"))
        .await?;
    // The browser remembers it.
    page.open(&fragment(&trace)).await?;
    page.holds(&format!("Math.abs({width} - {wider} - 20) < 2"))
        .await?;
    page.close(&[]).await
}

/// Of ten thousand subsegments only those in sight are in the document, wherever one scrolls.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_subsegments_stay_a_few_elements() -> Result<()> {
    let page = Page::start().await?;
    let start = now() - 15.0;
    let root = segment("root", start, 10.0, &json!({}));
    let mut documents = vec![root.clone()];
    documents.extend((0..25).map(|group| {
        let parts: Vec<Value> = (0..400)
            .map(|number| {
                let at = start + f64::from(group) * 0.4 + f64::from(number) * 0.001;
                part(
                    &format!("step {}", group * 400 + number),
                    at,
                    0.001,
                    &json!({}),
                )
            })
            .collect();
        segment(
            &format!("part-{group}"),
            start + f64::from(group) * 0.4,
            0.4,
            &json!({ "trace_id": root["trace_id"], "parent_id": root["id"], "subsegments": parts }),
        )
    }));
    send(&page.console, &documents).await?;
    page.open(&fragment(&root)).await?;
    page.holds("Number(one('.timeline')?.getAttribute('aria-rowcount')) > 10000")
        .await?;
    page.run("one('main').scrollTop = one('main').scrollHeight")
        .await?;
    eventually("the last rows", async || {
        let last: bool = page.read(&format!("{ROWS}.includes('step 9999')")).await?;
        Ok(last.then_some(()))
    })
    .await?;
    page.holds("all('*').length < 3000").await?;
    page.close(&[]).await
}
