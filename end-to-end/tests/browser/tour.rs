//! `docs/tour.md`: what it says to do is done, and what it says one sees is read. Each sentence that is checked is looked up in the tour, so
//! that neither changes without the other.

use std::{fs, ops::RangeInclusive};

use end_to_end::{Result, root};
use serde_json::json;

use crate::browser::front_page::{BACK, FRONT, FrontPage as Page};

/// How often the page's question is asked besides, so that shares are near what was chosen.
const OFTEN: usize = 200;
const ABOUT_A_THIRD: RangeInclusive<f64> = 0.18..=0.42;
const GENERATOR: &str = "x-ray-sample-back-k8s-gen";

/// Fails unless the tour has this sentence.
fn the_tour_says(sentence: &str) {
    let tour = fs::read_to_string(root().join("docs/tour.md")).unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words(&tour).contains(&words(sentence)),
        "the tour does not say: {sentence}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_time_goes() -> Result<()> {
    let page = Page::open(1280).await?;
    the_tour_says("tick *slow* on the page, and open the trace of a new row");
    page.tick("slow", true).await?;
    let trace = page.trace_of_a_new_row("slow=true", 150.0).await?;
    page.browser.driver.goto(trace).await?;
    the_tour_says("four rows, all about as long");
    page.gives("all('[data-row]').length", json!(4)).await?;
    let bars = "all('[data-row] .bar').map((bar) => bar.getBoundingClientRect().width)";
    page.gives(
        &format!("Math.min(...{bars}) > 0.7 * Math.max(...{bars})"),
        json!(true),
    )
    .await?;
    the_tour_says(
        "the critical path, the dark line under the bars, runs almost entirely under `x-ray-sample-back-k8s-gen`",
    );
    let path = |row: &str| {
        format!(
            "all('{row} .critical').reduce((sum, one) => sum + one.getBoundingClientRect().width, 0)"
        )
    };
    let (own, all) = (
        path(&format!("[data-name={GENERATOR}]")),
        path("[data-row]"),
    );
    page.gives(&format!("{own} > 0.7 * {all}"), json!(true))
        .await?;
    the_tour_says("*Statistics* lists that name first, with the most self time");
    page.click_with(".kinds a", "Statistics").await?;
    page.gives(
        "one('.statistics tbody tr')?.dataset.name ?? null",
        json!(GENERATOR),
    )
    .await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_calls_one_after_another() -> Result<()> {
    let page = Page::open(1280).await?;
    the_tour_says("tick *repeat*, press *Clear* in the console, and open the trace of a new row");
    page.tick("repeat", true).await?;
    page.trace_of_a_new_row("repeat=true", 0.0).await?;
    page.clear_the_console().await?;
    let trace = page.trace_of_a_new_row("repeat=true", 0.0).await?;
    // Half a minute of the page's own questions: one of them was under way when the console was cleared.
    page.ask_as_the_page(&[("repeat", "true")], 50).await?;
    page.browser.driver.goto(trace).await?;
    the_tour_says("a staircase of twenty calls");
    let starts =
        "all('[data-row].remote').map((row) => parseFloat(row.querySelector('.bar').style.left))";
    page.gives(&format!("{starts}.length"), json!(20)).await?;
    page.gives(
        &format!("{starts}.every((left, index, all) => index === 0 || left > all[index - 1])"),
        json!(true),
    )
    .await?;
    the_tour_says(
        "On the map nothing is red, and the back end's rate is twenty times the front end's",
    );
    page.open_map().await?;
    for node in [FRONT, BACK] {
        page.ring(node, "fault", |share| share == 0.0).await?;
    }
    let rate = |node: &str| {
        format!(
            "parseFloat(text(\"[data-node='{node}'] .inside text:last-child\")?.replace(/\\s/g, ''))"
        )
    };
    page.gives(
        &format!("Math.abs({} / {} - 20) < 5", rate(BACK), rate(FRONT)),
        json!(true),
    )
    .await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_fault_it_is() -> Result<()> {
    let page = Page::open(1280).await?;
    the_tour_says(
        "set *fault* to 30 % at the **back** end, press *Clear* in the console, and look at the map",
    );
    // The place first: the page asks on while it is filled in.
    page.set_place("back").await?;
    page.set("fault", "30").await?;
    let asked = [("fault", "fault:30"), ("at", "back")];
    page.ask_as_the_page(&asked, 0).await?;
    page.clear_the_console().await?;
    page.ask_as_the_page(&asked, OFTEN).await?;
    page.open_map().await?;
    the_tour_says("both rings are red by about a third");
    for node in [BACK, FRONT] {
        page.ring(node, "fault", |share| ABOUT_A_THIRD.contains(&share))
            .await?;
    }
    the_tour_says("Click the ring of the front end: *Why it fails* names the back end");
    page.gives(
        &format!("one(\".node[data-node='{FRONT}']\").dispatchEvent(new MouseEvent('click'))"),
        json!(true),
    )
    .await?;
    the_tour_says("Click that line, and open a trace from the list");
    page.click_with(".why .reasons a", BACK).await?;
    page.click_with("[data-trace] a", "").await?;
    the_tour_says("its header names the part where the fault began, and `e` goes to that row");
    page.says(".head-reasons li", |text| text.contains(BACK))
        .await?;
    page.keys("e").await?;
    page.gives(
        "one('[data-row][aria-selected=true]')?.dataset.name ?? null",
        json!(BACK),
    )
    .await?;
    page.close(&["502 (Bad Gateway)"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much() -> Result<()> {
    let page = Page::open(1280).await?;
    the_tour_says("set *throttle* to 40 % at the **back** end, and press *Clear* in the console");
    // The place first: the page asks on while it is filled in.
    page.set_place("back").await?;
    page.set("throttle", "40").await?;
    let asked = [("fault", "throttle:40"), ("at", "back")];
    page.ask_as_the_page(&asked, 0).await?;
    page.clear_the_console().await?;
    page.ask_as_the_page(&asked, OFTEN).await?;
    page.open_map().await?;
    the_tour_says("purple, not red, at both");
    for node in [FRONT, BACK] {
        page.ring(node, "throttle", |share| (0.25..=0.55).contains(&share))
            .await?;
        page.ring(node, "fault", |share| share == 0.0).await?;
    }
    page.close(&["429 (Too Many Requests)"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there() -> Result<()> {
    let page = Page::open(1280).await?;
    the_tour_says("set *unreachable* to 50 %, and press *Clear* in the console");
    page.set("unreachable", "50").await?;
    let asked = [("fault", "unreachable:50")];
    page.ask_as_the_page(&asked, 0).await?;
    page.clear_the_console().await?;
    page.ask_as_the_page(&asked, OFTEN).await?;
    page.open_map().await?;
    the_tour_says("a new node `127.0.0.1` of type `remote` behind the front end, entirely red");
    page.gives(
        "one(\"[data-node='127.0.0.1'][data-type=remote] [data-share=fault]\")?.dataset.value ?? null",
        json!("1"),
    )
    .await?;
    page.console_finds("fault").await?;
    page.click_with("[data-trace] a", "").await?;
    the_tour_says("The message stands beneath the row and in the header");
    page.says(".timeline .reason", |text| !text.is_empty())
        .await?;
    let beneath = page.text(".timeline .reason").await?;
    page.says(".head-reasons li", |text| text.contains(&beneath))
        .await?;
    the_tour_says("only what the console infers: a row with a dashed bar, as long as the call");
    page.gives(
        "all('[data-row] .bar').map((bar) => getComputedStyle(bar).borderTopStyle)",
        json!(["none", "none", "dashed"]),
    )
    .await?;
    let width = |kind: &str| format!("one('.bar.{kind}').getBoundingClientRect().width");
    page.gives(
        &format!("Math.abs({} - {}) < 2", width("remote"), width("inferred")),
        json!(true),
    )
    .await?;
    page.close(&["502 (Bad Gateway)"]).await
}
