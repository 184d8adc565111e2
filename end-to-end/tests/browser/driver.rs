//! Chromium, driven by chromedriver.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use end_to_end::{Result, eventually, free_address};
use serde_json::{Value, json};
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel, prelude::*};
use tokio::process::{Child, Command};

/// A browser with a profile of its own; it is ended when this is dropped.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    /// What the browser writes, removed when it is ended.
    pub(crate) profile: PathBuf,
    /// Ends the browser too.
    _chromedriver: Child,
}

impl Browser {
    /// Starts a browser with a window of this size, light, with no motion reduced.
    pub(crate) async fn start(width: u32, height: u32) -> Result<Self> {
        let port = free_address()?.port();
        let chromedriver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                format!("chromedriver: {error}; apt-get install chromium chromium-driver")
            })?;
        let profile = profile();
        let capabilities = capabilities(width, height, &profile)?;
        let url = format!("http://127.0.0.1:{port}");
        let driver = eventually("a browser", async || {
            Ok(Some(WebDriver::new(&url, capabilities.clone()).await?))
        })
        .await?;
        let browser = Self {
            driver,
            profile,
            _chromedriver: chromedriver,
        };
        browser.resize(width, height).await?;
        Ok(browser)
    }

    /// Gives the window another size: one of a telephone too, which no window can have.
    pub(crate) async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size).await?;
        Ok(())
    }

    /// Makes a preference of the reader known to the page: `prefers-color-scheme`, `prefers-reduced-motion`.
    pub(crate) async fn prefer(&self, feature: &str, value: &str) -> Result<()> {
        let features = json!({ "features": [{ "name": feature, "value": value }] });
        self.ask("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// Ends it and waits until it has.
    pub(crate) async fn end(self) -> Result<()> {
        Ok(self.driver.clone().quit().await?)
    }

    /// Calls a method of the Chrome `DevTools` protocol.
    pub(crate) async fn ask(&self, method: &str, parameters: Value) -> Result<Value> {
        Ok(self.driver.cdp().send_raw(method, parameters).await?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// Returns a folder that no other browser has.
fn profile() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    env::temp_dir().join(format!("x-ray-browser-{}-{number}", process::id()))
}

fn capabilities(width: u32, height: u32, profile: &Path) -> Result<ChromeCapabilities> {
    let mut capabilities = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ] {
        capabilities.add_arg(argument)?;
    }
    capabilities.add_arg(&format!("--window-size={width},{height}"))?;
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    capabilities.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
    capabilities.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
    Ok(capabilities)
}
