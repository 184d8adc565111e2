//! The page before 100,000 traces of an incident: how long the first list and a filter take, and of that the console; what the page
//! holds, and what it asks when nothing happens. With a release build the figures are worth something:
//! `END_TO_END_PROGRAMS=$PWD/target/release cargo test --workspace --test end-to-end browser::scale -- --ignored --nocapture`.
#![expect(
    clippy::print_stdout,
    reason = "the figures are what one runs this for"
)]

use std::time::{Duration, Instant};

use end_to_end::{
    Console, Result,
    incident::{Incident, Kind},
};
use serde_json::{Value, json};

use crate::browser::{figures::Held, page::Page, traffic::now};

const TRACES: usize = 100_000;
/// Over how many seconds they are spread.
const SECONDS: f64 = 1_500.0;
/// How many documents are made before they are sent.
const SOME: usize = 4_000;
/// Most bytes of the page's heap, and how long nothing is asked while nothing happens.
const HEAP: f64 = 60e6;
const IDLE: Duration = Duration::from_secs(20);
/// How long after the last trace it is idle at the latest.
const SETTLED: Duration = Duration::from_secs(120);
/// Does something that asks for a list; returns the milliseconds until its rows are painted, and those until the console's answer was there.
const PAINTED: &str = "(act) => new Promise((resolve) => {
    performance.clearResourceTimings();
    const from = performance.now();
    const answer = () => performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/analysis/traces'));
    const isThere = () => answer() && one('.traces-content')?.ariaBusy === 'false' && text('[data-trace]') !== null;
    const look = () => requestAnimationFrame(() => (isThere() ? setTimeout(() => resolve([performance.now() - from, answer().duration])) : look()));
    act();
    look();
})";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes, and says something with a release build alone"]
async fn a_hundred_thousand_traces() -> Result<()> {
    let console =
        Console::start_with(&["--max-traces", "200000", "--max-bytes", "4000000000"]).await?;
    fill(&console).await?;
    let page = Page::of(console).await?;
    page.open("#/wire").await?;
    page.holds("one('.wire') !== null").await?;
    let go = "() => { location.hash = '#/traces?timeRange=PT6H'; }";
    let mut firsts = Vec::new();
    for _ in 0..5 {
        firsts.push(measured(&page, go).await?);
        page.go("#/wire").await?;
        page.holds("one('.wire') !== null").await?;
    }
    say("the first list", &firsts);
    measured(&page, go).await?;
    let mut filters = Vec::new();
    for (expression, traces) in some_filters(&page.console).await? {
        let submit = format!(
            "() => {{ one('#filter').value = {}; one('form.filter').requestSubmit(); }}",
            json!(expression)
        );
        filters.push(measured(&page, &submit).await?);
        // The rows are those of this filter.
        let found = "Number(text('.found').replace(/\\D/g, ''))";
        page.gives(found, traces).await?;
    }
    say("a filter, from Enter", &filters);
    let heap = Held::by(&page.browser).await?.heap;
    println!("the page's heap: {:.1} MB", heap / 1e6);
    assert!(heap <= HEAP, "{heap}");
    // The traces of the last minute are counted until there are none, and what differs is asked after the list.
    let begun = Instant::now();
    while page.read::<String>("one('[data-live]').innerText").await? != "0 traces/min" {
        assert!(begun.elapsed() < SETTLED, "it does not become idle");
        tokio::time::sleep(IDLE / 10).await;
    }
    page.run("performance.clearResourceTimings()").await?;
    tokio::time::sleep(IDLE).await;
    let asked = "performance.getEntriesByType('resource').map(({ name }) => name)";
    let asked: Vec<String> = page.read(asked).await?;
    assert!(asked.is_empty(), "{asked:?}");
    println!("requests in {IDLE:?} without traffic: none");
    page.close(&[]).await
}

async fn fill(console: &Console) -> Result<()> {
    let mut documents = Vec::new();
    for trace in Incident::new(Kind::Release, 1, now(), SECONDS).traces(TRACES) {
        documents.extend(trace);
        if documents.len() >= SOME {
            console.put(&documents).await?;
            documents.clear();
        }
    }
    console.put(&documents).await?;
    let store = &console.status().await?["store"];
    println!(
        "{} traces, {} bytes in the store",
        store["traces"], store["bytes"]
    );
    Ok(())
}

/// Twenty filters, each with how many traces it takes.
async fn some_filters(console: &Console) -> Result<Vec<(String, u64)>> {
    let tables =
        ["node", "route", "annotation.tenant", "fault"].map(|by| json!({ "by": by, "limit": 5 }));
    let range = json!({ "start": now() - 21_600.0, "end": now() + 1.0 });
    let before = console.program.processor_time()?;
    let question = json!({
        "traces": range, "rows": { "limit": 100 }, "scatter": true, "facets": true, "groups": tables,
    });
    let answer = console.call("/analysis/traces", question).await?;
    let took = console.program.processor_time()?.saturating_sub(before);
    println!("a list with four tables: {took:?} of the console's processor time");
    let groups = answer["groups"].as_array().into_iter().flatten();
    let groups = groups.flat_map(|table| table["groups"].as_array().into_iter().flatten());
    let filter = |group: &Value| {
        let expression = group["expression"].as_str()?.to_owned();
        Some((expression, group["traces"].as_u64()?))
    };
    Ok(groups.filter_map(filter).collect())
}

/// Milliseconds until the rows are painted and until the answer is there, and the console's processor time.
async fn measured(page: &Page, act: &str) -> Result<[f64; 3]> {
    let before = page.console.program.processor_time()?;
    let [painted, answered]: [f64; 2] = page.read(&format!("({PAINTED})({act})")).await?;
    let took = page
        .console
        .program
        .processor_time()?
        .saturating_sub(before);
    Ok([painted, answered, took.as_secs_f64() * 1e3])
}

fn say(what: &str, measured: &[[f64; 3]]) {
    for (index, part) in [
        "to the painted rows",
        "to the console's answer",
        "of the console's processor",
    ]
    .into_iter()
    .enumerate()
    {
        let mut times: Vec<f64> = measured.iter().map(|times| times[index]).collect();
        times.sort_by(f64::total_cmp);
        let at = |share: usize| times[(times.len() * share).div_ceil(100) - 1];
        println!(
            "{what} {part}: {:.0} ms at best, median {:.0}, 95th percentile {:.0}, of {}",
            times[0],
            at(50),
            at(95),
            times.len()
        );
    }
}
