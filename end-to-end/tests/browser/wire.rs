//! The wire: what was received, from where, and why some of it was refused.

use end_to_end::Result;
use serde_json::json;
use thirtyfour::prelude::*;

use crate::browser::{
    page::Page,
    traffic::{now, segment, send},
};

const ROWS: &str = "all('.wire .window-list .row').map((row) => [...row.children].map(words))";

#[tokio::test(flavor = "multi_thread")]
async fn the_wire() -> Result<()> {
    let page = Page::start().await?;
    page.open("#/wire").await?;
    datagrams_appear_with_size_sender_verdict_and_reason(&page).await?;
    the_bar_counts_what_was_refused_and_leads_here(&page).await?;
    senders_and_verdicts_narrow_it(&page).await?;
    the_keyboard_opens_one_in_full(&page).await?;
    on_a_telephone_the_reason_stays(&page).await?;
    what_is_kept_with_a_warning_says_what_is_odd(&page).await?;
    page.close(&[]).await
}

async fn datagrams_appear_with_size_sender_verdict_and_reason(page: &Page) -> Result<()> {
    page.holds("text('.received').includes('0 datagrams received')")
        .await?;
    page.gives("text('.none')", "No datagram has arrived yet.")
        .await?;
    let shop = segment("shop", now() - 0.2, 0.1, &json!({}));
    send(&page.console, std::slice::from_ref(&shop)).await?;
    page.console.send(b"hello there")?;
    page.console
        .send(b"{\"format\":\"json\",\"version\":1}\n{\"trace_id\":\"1-5\",\"id\":\"x\"}")?;
    page.gives(&format!("{ROWS}.length"), 3).await?;
    let rows: Vec<Vec<String>> = page.read(ROWS).await?;
    let [bad, headless, good] = rows.try_into().unwrap();
    assert_eq!(good[1], "✓ accepted");
    assert!(
        good[2].ends_with(" B") && good[4].starts_with("127.0.0.1:"),
        "{good:?}"
    );
    assert_eq!(good[3], "udp");
    assert_eq!(good[5], "shop");
    let id = shop["trace_id"].as_str().unwrap();
    assert_eq!(good[6], format!("…{}", &id[id.len() - 8..]));
    assert_eq!([&headless[1], &headless[2]], ["✕ refused", "11 B"]);
    assert!(headless[7].starts_with("no_header: "), "{headless:?}");
    assert!(
        bad[7].contains("InvalidId") && bad[7].contains("16 hex digits"),
        "{bad:?}"
    );
    page.holds("text('.received').includes('3 datagrams received, 2 accepted')")
        .await?;
    page.gives(
        "all('[data-refused]').map(({ dataset }) => dataset.refused).sort()",
        json!(["InvalidId", "no_header"]),
    )
    .await
}

async fn the_bar_counts_what_was_refused_and_leads_here(page: &Page) -> Result<()> {
    page.go("#/traces").await?;
    page.gives("text('.topbar .refused')", "✕ 2 refused")
        .await?;
    page.gives(
        "one('.topbar .refused').title.split('\\n').sort()",
        json!(["1 × InvalidId", "1 × no_header"]),
    )
    .await?;
    page.click(".topbar .refused").await?;
    page.gives("location.hash", "#/wire?verdict=refused")
        .await?;
    page.gives(&format!("{ROWS}.length"), 2).await
}

async fn senders_and_verdicts_narrow_it(page: &Page) -> Result<()> {
    page.choose("[aria-label=Verdict]", "accepted").await?;
    page.gives(&format!("{ROWS}.map((row) => row[5])"), json!(["shop"]))
        .await?;
    page.choose("[aria-label=Verdict]", "").await?;
    page.gives(&format!("{ROWS}.length"), 3).await?;
    page.gives("one('[aria-label=Sender]').options.length", 4)
        .await?;
    let sender: String = page
        .read("one('[aria-label=Sender]').options[1].value")
        .await?;
    page.choose("[aria-label=Sender]", &sender).await?;
    page.gives(&format!("{ROWS}.map((row) => row[4])"), json!([sender]))
        .await?;
    page.gives("text('.none')", json!(null)).await?;
    page.choose("[aria-label=Verdict]", "warned").await?;
    page.gives(
        "text('.none')",
        "None of the last datagrams is of this sender and verdict.",
    )
    .await?;
    page.open("#/service-map").await
}

async fn the_keyboard_opens_one_in_full(page: &Page) -> Result<()> {
    page.keys("w").await?;
    page.gives(&format!("{ROWS}.length"), 3).await?;
    page.tab_to(".wire .refused .excerpt").await?;
    page.keys(Key::Enter).await?;
    page.gives("text('.panel h2')", "Datagram").await?;
    page.holds("text('.panel').includes('InvalidId') && text('.panel pre').includes('\"1-5\"') && text('.panel').includes(' UTC')").await?;
    page.keys(Key::Escape).await?;
    page.holds("one('.panel').hidden && document.activeElement.matches('.excerpt')")
        .await
}

async fn on_a_telephone_the_reason_stays(page: &Page) -> Result<()> {
    page.browser.resize(400, 800).await?;
    page.open("#/wire?verdict=refused").await?;
    page.gives(&format!("{ROWS}.length"), 2).await?;
    page.gives("texts('.wire .head [role=columnheader]').length", 4)
        .await?;
    page.holds("all('.wire .excerpt').every((one) => one.getBoundingClientRect().right <= 400)")
        .await
}

async fn what_is_kept_with_a_warning_says_what_is_odd(page: &Page) -> Result<()> {
    let odd = segment("shop {1}", now() - 0.2, 0.1, &json!({ "fault": "yes" }));
    send(&page.console, std::slice::from_ref(&odd)).await?;
    page.open("#/wire?verdict=warned").await?;
    page.holds("text('.received').includes('4 datagrams received, 3 accepted.') && !text('.received').includes('OTLP')")
        .await?;
    let by_api = segment("shop", now() - 0.2, 0.1, &json!({})).to_string();
    let request = json!({ "TraceSegmentDocuments": [by_api] });
    page.console.call("/TraceSegments", request).await?;
    page.holds("text('.received').includes('4 datagrams received, 3 accepted. With OTLP and the API, 3 documents accepted.')")
        .await?;
    page.gives(&format!("{ROWS}.map((row) => row[1])"), json!(["! warned"]))
        .await?;
    page.holds("text('.wire .excerpt').includes('fault is \"yes\", not true or false')")
        .await?;
    page.gives(
        "all('[data-warned]').map(({ dataset }) => dataset.warned)",
        json!(["InvalidName", "WrongType"]),
    )
    .await
}
