//! axe-core, which checks accessibility: from the npm registry, run in the page itself.

use std::{fs, sync::OnceLock};

use end_to_end::Result;
use serde_json::Value;

use crate::browser::{driver::Browser, npm, page::Page};

const VERSION: &str = "4.14.1";
/// The impacts that count.
const GRAVE: [&str; 2] = ["serious", "critical"];

/// Fails if something is gravely hard to use on what the page shows now; `place` says what that is.
pub(crate) async fn check(page: &Page, place: &str) -> Result<()> {
    check_in(&page.browser, place).await
}

/// As [`check`], of any page.
pub(crate) async fn check_in(browser: &Browser, place: &str) -> Result<()> {
    let run = async |script: &str| browser.driver.execute(script, vec![]).await;
    if run("return 'axe' in window").await?.json() != true {
        run(source()?).await?;
    }
    // The content security policy of the page stays in force: nothing of this is loaded by it.
    let violations = run(
        "return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, impact, help, nodes }) =>
            ({ id, impact, help, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`) })))",
    )
    .await?;
    let violations: Vec<Value> = serde_json::from_value(violations.json().clone())?;
    let grave: Vec<_> = violations
        .iter()
        .filter(|one| GRAVE.iter().any(|impact| one["impact"] == *impact))
        .collect();
    assert!(grave.is_empty(), "{place}: {grave:#?}");
    Ok(())
}

/// The script, read when it is asked for first.
fn source() -> Result<&'static str> {
    static SOURCE: OnceLock<std::result::Result<String, String>> = OnceLock::new();
    let source = SOURCE.get_or_init(|| {
        let package = npm::package("axe-core", VERSION).map_err(|error| error.to_string())?;
        fs::read_to_string(package.join("axe.min.js")).map_err(|error| error.to_string())
    });
    Ok(source.as_deref().map_err(Clone::clone)?)
}
