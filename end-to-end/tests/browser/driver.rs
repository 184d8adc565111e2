//! Chromium, driven by chromedriver.

use std::{
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
};

use end_to_end::{Result, eventually};
use serde_json::{Value, json};
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel, prelude::*};
use tokio::process::{Child, Command};

/// A browser with a profile of its own; it is ended when this is dropped.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    /// Ends the browser too.
    _chromedriver: Child,
}

impl Browser {
    /// Starts a browser with a window of this size, light, with no motion reduced.
    pub(crate) async fn start(width: u32, height: u32) -> Result<Self> {
        let port = free_port()?;
        let chromedriver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                format!("chromedriver: {error}; apt-get install chromium chromium-driver")
            })?;
        let capabilities = capabilities(width, height)?;
        let url = format!("http://127.0.0.1:{port}");
        let driver = eventually("a browser", async || {
            Ok(Some(WebDriver::new(&url, capabilities.clone()).await?))
        })
        .await?;
        let browser = Self {
            driver,
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

    /// Calls a method of the Chrome `DevTools` protocol.
    pub(crate) async fn ask(&self, method: &str, parameters: Value) -> Result<Value> {
        Ok(self.driver.cdp().send_raw(method, parameters).await?)
    }
}

fn capabilities(width: u32, height: u32) -> Result<ChromeCapabilities> {
    static PROFILE: AtomicU32 = AtomicU32::new(0);
    let number = PROFILE.fetch_add(1, Ordering::Relaxed);
    let profile =
        std::env::temp_dir().join(format!("x-ray-browser-{}-{number}", std::process::id()));
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

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}
