//! Problems that the browser reports: errors, refused scripts, requests to other hosts.

use std::net::SocketAddr;

use end_to_end::Result;

use crate::browser::driver::Browser;

/// Fails if the browser has complaints other than `expected`, or if anything was asked of a host other than
/// `allowed`; then ends it.
pub(crate) async fn expect_none(
    browser: Browser,
    allowed: &[SocketAddr],
    expected: &[&str],
) -> Result<()> {
    let complaints = log(&browser, "browser").await?;
    let is_known = |line: &&String| expected.iter().any(|known| line.contains(known));
    let unexpected: Vec<_> = complaints.iter().filter(|line| !is_known(line)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    let foreign: Vec<_> = requested(&browser)
        .await?
        .into_iter()
        .filter(|url| !is_allowed(url, allowed))
        .collect();
    assert!(foreign.is_empty(), "{foreign:#?}");
    browser.end().await?;
    Ok(())
}

/// Returns the URLs that the browser asked for.
async fn requested(browser: &Browser) -> Result<Vec<String>> {
    let entries = log(browser, "performance").await?;
    let urls = entries.iter().filter_map(|entry| {
        let entry: serde_json::Value = serde_json::from_str(entry).ok()?;
        let url = entry["message"]["params"]["request"]["url"].as_str()?;
        (entry["message"]["method"] == "Network.requestWillBeSent").then(|| url.to_owned())
    });
    Ok(urls.collect())
}

async fn log(browser: &Browser, kind: &str) -> Result<Vec<String>> {
    let entries = browser.driver.get_log(kind).await?;
    Ok(entries.into_iter().map(|entry| entry.message).collect())
}

/// Whether a URL is of one of the hosts, or of none.
fn is_allowed(url: &str, allowed: &[SocketAddr]) -> bool {
    url.starts_with("data:")
        || url.starts_with("file:")
        || url.starts_with("blob:")
        || url.starts_with("chrome")
        || url.starts_with("about:")
        || allowed
            .iter()
            .any(|address| url.starts_with(&format!("http://{address}/")))
}
