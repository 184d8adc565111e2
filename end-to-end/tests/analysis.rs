//! The analysis through the page's own API: over all traces, at any size.

use std::time::{SystemTime, UNIX_EPOCH};

use end_to_end::{
    Console, Result,
    incident::{Incident, Kind},
};
use serde_json::{Value, json};

const SECONDS: f64 = 1_500.0;

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}

/// A console that has the traces of an incident, and the time range in which they lie.
async fn console(kind: Kind, seed: u64, count: usize) -> Result<(Console, Incident, Value)> {
    let console =
        Console::start_with(&["--max-traces", "200000", "--max-bytes", "4000000000"]).await?;
    let end = now();
    let mut documents = Vec::new();
    for trace in Incident::new(kind, seed, end, SECONDS).traces(count) {
        documents.extend(trace);
        if documents.len() > 4_000 {
            console.put(&documents).await?;
            documents.clear();
        }
    }
    console.put(&documents).await?;
    let range = json!({ "start": end - SECONDS - 10.0, "end": end + 1.0 });
    Ok((console, Incident::new(kind, seed, end, SECONDS), range))
}

/// The same with a filter.
fn filtered(range: &Value, filter: &str) -> Value {
    let mut question = range.clone();
    question["filter"] = filter.into();
    question
}

/// Two of each kind: the first difference is the culprit, and it takes the traces that it says.
#[tokio::test]
async fn what_differs_is_the_true_cause() -> Result<()> {
    for kind in Incident::KINDS {
        for seed in [11, 4_711] {
            let (console, incident, range) = console(kind, seed, 2_000).await?;
            let culprit = incident.culprit;
            let set = filtered(&range, culprit.filter);
            let answer = console
                .call(
                    "/analysis/differences",
                    json!({ "set": set, "within": range }),
                )
                .await?;
            let first = &answer["circumstances"][0];
            let facet = first["facet"].as_str().unwrap();
            let value = first["value"].as_str().unwrap();
            assert!(
                culprit.facets.contains(&facet) && value.ends_with(&culprit.value),
                "{culprit:?} {answer:#}"
            );
            // The filter that it offers takes exactly the traces that it counts.
            let both = format!(
                "({}) AND {}",
                culprit.filter,
                first["expression"].as_str().unwrap()
            );
            for (filter, count) in [
                (both.as_str(), first["in_set"].as_u64()),
                (culprit.filter, answer["set"].as_u64()),
            ] {
                let traces = filtered(&range, filter);
                let found = console
                    .call("/analysis/traces", json!({ "traces": traces }))
                    .await?;
                assert_eq!(found["total"].as_u64(), count, "{filter}");
            }
            let reasons = ["fault", "error"]
                .map(|by| json!({ "traces": set, "groups": [{ "by": by, "limit": 10 }] }));
            let mut said = String::new();
            for request in reasons {
                let answer = console.call("/analysis/traces", request).await?;
                said.push_str(&answer["groups"][0]["groups"].to_string());
            }
            assert!(said.contains(culprit.reason.unwrap_or("[")), "{said}");
        }
    }
    Ok(())
}
