//! A trace's log lines beside its timeline.

use std::{
    fs,
    io::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use end_to_end::{Console, Result, eventually};
use thirtyfour::prelude::*;

use crate::browser::{complaints, driver::Browser};

const REST: &str = "e7d1852db8c4fd35d88bf49a";

/// Returns the texts of the lines, once there are `count`.
async fn lines(browser: &Browser, count: usize) -> Result<Vec<String>> {
    eventually("the lines", async || {
        let mut texts = Vec::new();
        for line in browser.driver.find_all(By::Css(".log-lines li")).await? {
            texts.push(line.text().await?);
        }
        Ok((texts.len() == count).then_some(texts))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_trace_stand_beside_its_timeline_and_come_as_they_are_written() -> Result<()>
{
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (id, hex) = (format!("1-{now:08x}-{REST}"), format!("{now:08x}{REST}"));
    let path = std::env::temp_dir().join(format!("x-ray-logs-{}.log", std::process::id()));
    let mut file = fs::File::create(&path)?;
    writeln!(
        file,
        r#"{{"timestamp":{now},"level":"WARN","message":"<img src=x onerror=alert(1)>","trace_id":"{hex}"}}"#
    )?;
    writeln!(file, "back | no JSON, but Root={id}")?;
    writeln!(file, "of nobody")?;

    let console = Console::start_with(&["--logs", path.to_str().unwrap()]).await?;
    console.send(
        format!(
            "{{\"format\":\"json\",\"version\":1}}\n{{\"name\":\"front\",\"id\":\"00000000000000a1\",\"trace_id\":\"{id}\",\"start_time\":{now},\"end_time\":{now}.5}}"
        )
        .as_bytes(),
    )?;
    console.received(1).await?;

    let browser = Browser::start(1000, 700).await?;
    browser
        .driver
        .goto(console.url(&format!("/#/traces/{hex}")))
        .await?;
    let tab = eventually("the tab", async || {
        Ok(browser
            .driver
            .find_all(By::LinkText("Logs"))
            .await?
            .into_iter()
            .next())
    })
    .await?;
    tab.click().await?;
    let shown = lines(&browser, 2).await?;
    assert!(
        shown[0].contains("WARN") && shown[0].contains("<img src=x onerror=alert(1)>"),
        "{shown:?}"
    );
    assert!(
        shown[1].contains(&format!("back | no JSON, but Root={id}")),
        "{shown:?}"
    );
    let query = browser
        .driver
        .find(By::Css("[data-query]"))
        .await?
        .text()
        .await?;
    assert!(query.contains(&id) && query.contains(&hex), "{query}");

    writeln!(
        file,
        r#"{{"timestamp":{now}.4,"message":"late","traceId":"{id}"}}"#
    )?;
    let shown = lines(&browser, 3).await?;
    assert!(shown[2].contains("late"), "{shown:?}");
    if let Some(folder) = std::env::var_os("PICTURES") {
        browser
            .driver
            .screenshot(&std::path::Path::new(&folder).join("logs.png"))
            .await?;
    }
    fs::remove_file(&path)?;
    complaints::expect_none(browser, &[console.address], &[]).await
}
