//! Requests and answers that lead elsewhere: a back end that redirects, pages of other sites, hosts that only look like
//! this machine.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use axum::{Router, response::Redirect};
use end_to_end::{Console, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{connections, report};

#[tokio::test]
async fn a_back_end_that_redirects_leads_the_front_end_nowhere() -> Result<()> {
    let asked = Arc::<AtomicUsize>::default();
    let elsewhere = serve({
        let asked = asked.clone();
        Router::new().fallback(move || {
            asked.fetch_add(1, Relaxed);
            async { r#"{"AccessKeyId":"x"}"# }
        })
    })
    .await?;
    let target = format!("http://{elsewhere}/latest/meta-data");
    let back = serve(Router::new().fallback(move || async move { Redirect::to(&target) })).await?;
    let console = Console::start().await?;
    let variables = [("BACKEND_URL", &*format!("http://{back}"))];
    let (mut front, address, limit) = connections::start("frontend", &console, &variables).await?;
    let answer = reqwest::get(format!("http://{address}/api")).await?;
    assert_eq!(answer.status(), 502);
    assert!(!answer.text().await?.contains("AccessKeyId"));
    assert_eq!(asked.load(Relaxed), 0);
    assert!(front.terminate().await?.success());
    report(
        "a back end that redirects",
        &limit,
        "502, and nobody else was asked",
    )
}

async fn serve(app: Router) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // It ends with the test's runtime.
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// Headers as browsers send them for pages of other sites, and as only an attacker's program does.
#[tokio::test]
async fn pages_of_other_sites_and_hosts_that_look_local_are_refused() -> Result<()> {
    let console = Console::start().await?;
    let own = format!("Host: {}\r\n", console.address);
    let cross = |mode: &str, to: &str| {
        format!(
            "{own}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: {mode}\r\nSec-Fetch-Dest: {to}\r\n"
        )
    };
    let host = |name: &str| format!("Host: {name}\r\n");
    for (headers, statuses) in [
        (own.clone(), &[200][..]),
        // A link on another site's page.
        (cross("navigate", "document"), &[200]),
        (cross("no-cors", "script"), &[403]),
        (cross("no-cors", "image"), &[403]),
        (cross("cors", "empty"), &[403]),
        (host("evil.example"), &[403]),
        (host("evil.example/.localhost"), &[400, 403]),
        (host("evil.example#.localhost"), &[400, 403]),
        (host("evil.example?.localhost"), &[400, 403]),
        (host("evil.example@localhost"), &[400, 403]),
        (format!("{own}Host: evil.example\r\n"), &[400, 403]),
        (format!("Host: evil.example\r\n{own}"), &[400, 403]),
    ] {
        let (status, answer) = ask(console.address, &headers).await?;
        assert!(statuses.contains(&status), "{headers}{status}");
        let policy = "cross-origin-resource-policy: same-origin";
        assert!(
            status == 400 || answer.to_ascii_lowercase().contains(policy),
            "{headers}{answer}"
        );
    }
    Ok(())
}

/// Asks for the page's script with these headers alone.
async fn ask(address: SocketAddr, headers: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /main.js HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).ok_or("no status")?.parse()?;
    Ok((status, answer))
}
