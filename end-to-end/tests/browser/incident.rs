//! An operator's steps: from the map to the cause of a problem in two clicks, without typing.

use end_to_end::{
    Console, Result,
    incident::{Incident, Kind},
};
use serde_json::json;

use crate::browser::{page::Page, traffic::now};

#[tokio::test(flavor = "multi_thread")]
async fn culprit_and_reason_are_two_clicks_from_the_map() -> Result<()> {
    let console = Console::start().await?;
    let incident = Incident::new(Kind::Release, 1, now(), 1_200.0);
    let culprit = incident.culprit.clone();
    let documents: Vec<String> = incident.traces(1_500).flatten().collect();
    console.put(&documents).await?;
    let page = Page::of(console).await?;
    page.open("#/service-map?timeRange=PT30M").await?;
    page.holds("all('.node').length > 15").await?;
    let (place, reason) = (culprit.place, culprit.reason.unwrap());
    page.run(&format!(
        "one('.node[data-node={}]').dispatchEvent(new MouseEvent('click'))",
        json!(place)
    ))
    .await?;
    page.gives("texts('.why .reasons a')[0]", format!("{place}: {reason}"))
        .await?;
    page.holds("texts('.why .reasons [data-facet]')[0].includes('2.15.0')")
        .await?;
    page.click(".why .reasons a").await?;
    page.holds("one('.differences tbody tr').dataset.value.endsWith('2.15.0')")
        .await?;
    page.gives(
        "new Set(texts('[data-trace] .cause')).size === 1 && texts('[data-trace] .cause')[0]",
        format!("{place}: {reason}"),
    )
    .await?;
    // Idle, nothing is asked.
    page.holds("one('.traces-content').ariaBusy === 'false'")
        .await?;
    page.close(&[]).await
}
