//! Documents while the daemon is away, comes back, or the service is asked to end.

use std::time::{Duration, Instant};

use end_to_end::{
    Console, Result, Stack, eventually,
    stack::{start_back, start_front},
};

/// Reads one of `xray_…_total` from `/metrics`.
async fn metric(address: std::net::SocketAddr, name: &str) -> Result<u64> {
    let metrics = reqwest::get(format!("http://{address}/metrics"))
        .await?
        .text()
        .await?;
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(&format!("xray_{name}_total ")));
    Ok(line
        .ok_or_else(|| format!("no {name} in:\n{metrics}"))?
        .parse()?)
}

#[tokio::test]
async fn without_a_console_no_request_fails_and_what_waits_in_vain_is_counted_and_said()
-> Result<()> {
    // A port on which nothing listens, for UDP as for TCP.
    let closed = std::net::UdpSocket::bind("127.0.0.1:0")?
        .local_addr()?
        .to_string();
    let (mut back, address) = start_back("127.0.0.1:0", &closed).await?;
    for _ in 0..50 {
        assert_eq!(
            reqwest::get(format!("http://{address}/")).await?.status(),
            200
        );
    }
    eventually("nobody is found", async || {
        Ok((metric(address, "failed_probes").await? > 0).then_some(()))
    })
    .await?;
    for counter in ["sent", "refused", "shed"] {
        assert_eq!(metric(address, counter).await?, 0, "{counter}");
    }
    let about_it = |line: &str| {
        line.contains("nothing listens at the X-Ray daemon's address")
            .then_some(())
    };
    back.line(about_it).await?;
    assert!(back.terminate().await?.success());
    // Once while they wait, and once how many were lost.
    let lines = back.lines();
    let said: Vec<_> = lines
        .iter()
        .filter(|line| about_it(line).is_some())
        .collect();
    assert_eq!(said.len(), 2, "{lines:#?}");
    assert!(said[1].contains("unreachable=50"), "{lines:#?}");
    Ok(())
}

#[tokio::test]
async fn what_was_made_while_the_console_was_away_arrives_within_two_seconds_of_its_return()
-> Result<()> {
    let console = Console::start().await?;
    let address = console.address.to_string();
    let mut stack = Stack::with_console(console).await?;
    let ask = async |stack: &Stack| {
        reqwest::get(stack.front_url("/api"))
            .await
            .map(|response| response.status())
    };
    assert_eq!(ask(&stack).await?, 200);
    stack.console.received(2).await?;
    stack.console.program.kill().await?;
    for _ in 0..20 {
        assert_eq!(ask(&stack).await?, 200);
    }
    let mut back = Console::listen(&address).await?;
    let returned = Instant::now();
    eventually("all documents at the new console", async || {
        Ok((back.status().await?["datagrams"]["accepted"].as_u64() == Some(40)).then_some(()))
    })
    .await?;
    let took = returned.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    back.program.kill().await?;
    Ok(())
}

#[tokio::test]
async fn sigterm_under_load_answers_every_request_and_delivers_every_segment() -> Result<()> {
    let console = Console::start().await?;
    let (mut back, address) = start_back("127.0.0.1:0", &console.address.to_string()).await?;
    let load: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                let mut answered = 0_u64;
                // Until the port is closed: a request that was taken must be answered.
                loop {
                    match client.get(format!("http://{address}/")).send().await {
                        Ok(response) => {
                            assert_eq!(response.status(), 200);
                            response.text().await.unwrap();
                            answered += 1;
                        }
                        Err(error) if error.is_connect() => return answered,
                        // A kept-alive connection is closed between two requests.
                        Err(error) if error.is_request() => return answered,
                        Err(error) => panic!("a request was not answered: {error:?}"),
                    }
                }
            })
        })
        .collect();
    eventually("load", async || {
        Ok((metric(address, "sent").await? > 200).then_some(()))
    })
    .await?;
    assert!(back.terminate().await?.success());
    let mut answered = 0;
    for task in load {
        answered += task.await?;
    }
    let status = eventually("every segment", async || {
        let status = console.status().await?;
        Ok((status["documents"]["accepted"].as_u64() >= Some(answered)).then_some(status))
    })
    .await?;
    assert_eq!(
        status["datagrams"]["dropped_by_socket"]
            .as_u64()
            .unwrap_or_default(),
        0
    );
    Ok(())
}

#[tokio::test]
async fn sigterm_lets_a_slow_request_end_and_says_so_to_readyz() -> Result<()> {
    let console = Console::start().await?;
    let (mut back, back_address) = start_back("127.0.0.1:0", &console.address.to_string()).await?;
    let (mut front, address) = start_front(
        &format!("http://{back_address}"),
        &console.address.to_string(),
        "",
    )
    .await?;
    let slow = tokio::spawn(reqwest::get(format!(
        "http://{address}/api?slow=true&repeat=true"
    )));
    // The request is under way once the back end has answered its first call.
    eventually("the first call", async || {
        Ok((metric(back_address, "sent").await? >= 1).then_some(()))
    })
    .await?;
    let is_under_way = !slow.is_finished();
    assert!(front.terminate().await?.success());
    assert_eq!(slow.await??.status(), 200);
    assert!(
        front
            .lines()
            .iter()
            .any(|line| line.contains("\"draining\"")),
        "{is_under_way}: {:#?}",
        front.lines()
    );
    eventually("the front's segment", async || {
        Ok(console
            .services()
            .await?
            .iter()
            .any(|service| service["Name"] == "x-ray-sample-front-k8s")
            .then_some(()))
    })
    .await?;
    assert!(back.terminate().await?.success());
    Ok(())
}
