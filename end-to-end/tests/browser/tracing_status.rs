//! The front end's status of tracing: where traces go, and losses with their reasons.

use std::net::UdpSocket;

use axum::{Router, http::StatusCode, routing::post};
use end_to_end::{Result, eventually};
use thirtyfour::prelude::*;

use crate::browser::front_page::FrontPage as Page;

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_where_traces_go_and_an_id_can_be_copied() -> Result<()> {
    let page = Page::open(1280).await?;
    let daemon = page.stack.console.address;
    eventually("documents sent, none lost", async || {
        let status = page.text("#status summary").await?;
        let right = status.starts_with(&format!("daemon {daemon} · sent "))
            && status.contains("· lost 0 · sampled ");
        Ok((right && !status.contains("sent 0 ")).then_some(()))
    })
    .await?;
    page.find("#status summary")
        .await?
        .send_keys(Key::Enter + "")
        .await?;
    let explanation = page.text("#status pre").await?;
    assert!(
        explanation.contains(&format!("{daemon} is {daemon}")),
        "{explanation}"
    );
    assert_eq!(page.text("#pod").await?, "pod front");
    assert!(page.text("#version").await?.starts_with("x-ray-sample "));

    let button = page.find("#rows button.copy").await?;
    let id = button.attr("title").await?.unwrap().replace(": copy", "");
    button.click().await?;
    eventually("the copied id", async || {
        Ok((page.text("#copied").await? == format!("copied {id}")).then_some(()))
    })
    .await?;
    page.close(&[]).await
}

/// Opens the page of a front end that sends elsewhere, with the status unfolded.
async fn sending_to(variables: &[(&str, &str)]) -> Result<Page> {
    let page = Page::open_with(&[variables, &[("FAULTS", "true")]].concat()).await?;
    eventually("the status", async || {
        page.find("#status summary").await?.click().await?;
        Ok(Some(()))
    })
    .await?;
    Ok(page)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_away_is_shown_and_what_to_do() -> Result<()> {
    // Nobody listens there any more.
    let daemon = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let page = sending_to(&[("AWS_XRAY_DAEMON_ADDRESS", &daemon)]).await?;
    page.says("#status summary", |said| {
        said.starts_with(&format!(
            "daemon {daemon} · sent 0 · lost 0 · documents wait"
        ))
    })
    .await?;
    let reason = "documents wait: nothing listens at that address";
    page.says("#status pre", |said| said.contains(reason))
        .await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_does_not_resolve_is_shown() -> Result<()> {
    // No label of a name is longer than 63 letters, so that no name server needs to be asked.
    let name = "x".repeat(64);
    let page = sending_to(&[("AWS_XRAY_DAEMON_ADDRESS", &format!("{name}:2000"))]).await?;
    page.says("#status pre", |said| {
        said.starts_with(&format!("{name}:2000 does not resolve: "))
    })
    .await?;
    page.close(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_rejects_spans_is_shown_as_that() -> Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let collector = Router::new().route("/v1/traces", post(async || StatusCode::BAD_REQUEST));
    let collector = tokio::spawn(async move { axum::serve(listener, collector).await });
    let endpoint = format!("http://{address}");
    let variables = [
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
    ];
    let page = sending_to(&variables).await?;
    page.says("#status summary", |said| {
        said.starts_with(&format!("collector {address} · "))
    })
    .await?;
    page.says("#status pre", |said| said.contains("lost, rejected: "))
        .await?;
    collector.abort();
    page.close(&[]).await
}
