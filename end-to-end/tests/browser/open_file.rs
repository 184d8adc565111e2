//! Files with traces: what is downloaded can be opened, in every form that is known, and what is no trace is said to be none.

use std::{fs, path::PathBuf};

use end_to_end::{Console, Result, eventually};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{call, now, segment, send},
};

impl Page {
    /// Writes a file and chooses it, as with the button *Open*.
    async fn open_file(&self, name: &str, text: &str) -> Result<()> {
        let path = self.file(name, text)?;
        let input = self
            .browser
            .driver
            .find(By::Css("input[type=file]"))
            .await?;
        input.send_keys(path.to_string_lossy().as_ref()).await?;
        Ok(())
    }

    fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.browser.profile.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}

/// A call of what sends no segments, half a day ago.
fn trace(name: &str) -> Value {
    let start = now() - 43_200.0;
    let call = call("stock.local", start + 0.1, 0.3, "http://stock.local/", 200);
    segment(name, start, 1.0, &json!({ "subsegments": [call] }))
}

const ROWS: &str = "all('[data-row]').map(({ dataset }) => dataset.name)";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_downloaded_can_be_opened_elsewhere() -> Result<()> {
    let page = Page::start().await?;
    let trace = trace("shop");
    let id = trace["trace_id"].as_str().unwrap();
    send(&page.console, std::slice::from_ref(&trace)).await?;
    page.open(&format!("#/traces/{id}")).await?;
    page.gives(ROWS, json!(["shop", "stock.local", "stock.local"]))
        .await?;
    let behaviour = json!({ "behavior": "allow", "downloadPath": page.browser.profile });
    page.browser
        .ask("Browser.setDownloadBehavior", behaviour)
        .await?;
    page.click(".tools button[title^=Download]").await?;
    let file = page.browser.profile.join(format!("trace-{id}.json"));
    let text = eventually("the downloaded file", async || {
        Ok(fs::read_to_string(&file)
            .ok()
            .filter(|text| serde_json::from_str::<Value>(text).is_ok()))
    })
    .await?;
    page.close(&[]).await?;

    let other = Page::of(Console::start().await?).await?;
    other.open("#/traces").await?;
    other.open_file("trace.json", &text).await?;
    // One trace is shown at once, with what is inferred of it, once.
    other
        .gives(ROWS, json!(["shop", "stock.local", "stock.local"]))
        .await?;
    other.holds("params().timeRange.includes('~')").await?;
    assert_eq!(other.console.documents(id).await?.len(), 1);
    other.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_form_are_looked_at() -> Result<()> {
    let page = Page::start().await?;
    page.open("#/service-map").await?;
    let [one, two] = ["one", "two"].map(trace);
    // As a daemon would get them: a header line before each.
    let lines =
        [&one, &two].map(|document| format!("{{\"format\":\"json\",\"version\":1}}\n{document}\n"));
    page.open_file("lines.jsonl", &lines.concat()).await?;
    page.gives("text('.found')", "2 traces found").await?;

    let nanoseconds = |seconds: f64| format!("{:.0}000000", (now() - 50_000.0 + seconds) * 1e3);
    let span = json!({ "traceId": "6921a9d000000000000000000000000a", "spanId": "000000000000000a", "name": "GET /", "kind": 2,
        "startTimeUnixNano": nanoseconds(0.0), "endTimeUnixNano": nanoseconds(1.0) });
    let service = json!({ "key": "service.name", "value": { "stringValue": "telemetry" } });
    let request = json!({ "resourceSpans": [{ "resource": { "attributes": [service] }, "scopeSpans": [{ "spans": [span] }] }] });
    page.open_file("otlp.json", &request.to_string()).await?;
    page.gives(ROWS, json!(["telemetry"])).await?;

    // Dropped onto the page.
    let three = trace("three");
    page.run(&format!(
        "const files = new DataTransfer();
        files.items.add(new File([{}], 'three.json'));
        for (const kind of ['dragover', 'drop']) one('main').dispatchEvent(new DragEvent(kind, {{ bubbles: true, cancelable: true, dataTransfer: files }}))",
        json!(three.to_string())
    ))
    .await?;
    page.holds(&format!("{ROWS}[0] === 'three'")).await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_trace_is_said_and_loses_nothing_else() -> Result<()> {
    let page = Page::start().await?;
    page.open("#/traces").await?;
    let whole = trace("whole");
    let text = whole.to_string();
    page.open_file("half.json", &text[..text.len() / 2]).await?;
    page.holds("text('.mistakes').startsWith('The file is not JSON: ')")
        .await?;
    page.holds("text('.opening').includes('Nothing of it was taken.')")
        .await?;
    page.keys(Key::Escape).await?;
    page.gives("all('dialog').length", 0).await?;

    page.open_file("other.json", "{\"colour\": \"blue\"}")
        .await?;
    page.gives(
        "text('.mistakes')",
        "The file is no segment document, no answer of BatchGetTraces and no OTLP request: {\"colour\":\"blue\"}",
    )
    .await?;
    page.keys(Key::Escape).await?;

    // Of lines, one of which is cut off and one refused, the third is kept.
    let mut nameless = trace("nameless");
    nameless.as_object_mut().unwrap().remove("name");
    let lines = format!("{}\n{nameless}\n{text}\n", &text[..40]);
    page.open_file("lines.jsonl", &lines).await?;
    page.holds("texts('.mistakes li').length === 2 && texts('.mistakes li')[0].startsWith('Line 1 is not JSON: ')")
        .await?;
    page.holds("texts('.mistakes li')[1].includes('was refused: ')")
        .await?;
    page.click(".opening .primary").await?;
    page.holds("one('.opening') === null && location.hash.startsWith('#/traces')")
        .await?;
    let id = whole["trace_id"].as_str().unwrap();
    assert_eq!(page.console.documents(id).await?.len(), 1);

    // 200 MB are not read.
    page.run("const files = new DataTransfer();
        files.items.add(new File([new Blob(Array(200).fill(new Uint8Array(1e6)))], 'large.json'));
        one('main').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: files }))")
        .await?;
    page.gives(
        "text('.mistakes')",
        "large.json has 200 MB; at most 64 MB are read. Send what is larger with PutTraceSegments.",
    )
    .await?;
    page.close(&[]).await
}
