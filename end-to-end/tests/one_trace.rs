//! One request through front, back and console gives one trace.

use end_to_end::{Result, Stack, eventually};
use segment::Document;

/// Asks `/api` once and returns the trace's id as X-Ray spells it.
async fn ask(stack: &Stack, path: &str) -> Result<(reqwest::StatusCode, String, String)> {
    let response = reqwest::get(stack.front_url(path)).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let header = headers["x-amzn-trace-id"].to_str()?;
    let trace_id = header
        .strip_prefix("Root=")
        .ok_or("the header names no trace")?
        .to_owned();
    assert!(
        headers["traceresponse"]
            .to_str()?
            .contains(&trace_id[2..].replace('-', ""))
    );
    Ok((status, trace_id, response.text().await?))
}

/// Waits until both services' segments of a trace are there.
async fn segments(stack: &Stack, trace_id: &str) -> Result<(Document<'static>, Document<'static>)> {
    eventually("two segments", async || {
        let mut segments = stack.console.segments(trace_id).await?;
        segments.sort_by_key(|segment| segment.start_time);
        Ok(<[Document<'_>; 2]>::try_from(segments)
            .ok()
            .filter(|pair| !pair[1].inferred)
            .map(Into::into))
    })
    .await
}

#[tokio::test]
async fn one_request_is_one_trace_in_two_datagrams_and_three_nodes() -> Result<()> {
    let stack = Stack::start().await?;
    let (status, trace_id, body) = ask(&stack, "/api").await?;
    assert_eq!(status, 200);
    let answer: serde_json::Value = serde_json::from_str(&body)?;
    assert_eq!(
        answer["message"],
        "42 - The Answer to the Ultimate Question of Life, The Universe, and Everything."
    );
    assert!(
        answer["random"]
            .as_array()
            .unwrap()
            .iter()
            .all(|number| number.as_u64().unwrap() <= 41)
    );
    assert!(
        body.starts_with("{\"message\":") && answer.as_object().unwrap().len() == 2,
        "{body}"
    );

    let (front, back) = segments(&stack, &trace_id).await?;
    let ([call], [numbers]) = (front.subsegments.as_slice(), back.subsegments.as_slice()) else {
        panic!("{front:#?}\n{back:#?}")
    };
    assert_eq!(front.name, "x-ray-sample-front-k8s");
    assert_eq!(
        (call.name.as_ref(), call.namespace.as_deref()),
        ("127.0.0.1", Some("remote"))
    );
    assert_eq!(back.name, "x-ray-sample-back-k8s");
    assert_eq!(numbers.name, "x-ray-sample-back-k8s-gen");
    assert_eq!((front.parent_id, back.parent_id), (None, Some(call.id)));
    for (outer, inner) in [(&front, call), (call, &back), (&back, numbers)] {
        assert!(
            outer.start_time <= inner.start_time && inner.end_time <= outer.end_time,
            "{} in {}",
            inner.name,
            outer.name
        );
    }

    let status = stack.console.received(2).await?;
    assert_eq!(
        (&status["datagrams"]["received"], &status["store"]["traces"]),
        (&2.into(), &1.into()),
        "{status}"
    );
    let services = stack.console.services().await?;
    let mut nodes: Vec<_> = services
        .iter()
        .map(|service| {
            (
                service["Name"].as_str().unwrap(),
                service["Type"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    nodes.sort_unstable();
    assert_eq!(
        nodes,
        [
            ("x-ray-sample-back-k8s", ""),
            ("x-ray-sample-front-k8s", ""),
            ("x-ray-sample-front-k8s", "client")
        ]
    );
    Ok(())
}

#[tokio::test]
async fn repeat_is_an_array_of_twenty_and_still_one_trace() -> Result<()> {
    let stack = Stack::start().await?;
    let (status, trace_id, body) = ask(&stack, "/api?repeat=true&slow=no").await?;
    assert_eq!(status, 200);
    assert_eq!(
        serde_json::from_str::<Vec<serde_json::Value>>(&body)?.len(),
        20
    );
    let segments = eventually("twenty-one segments", async || {
        let segments = stack.console.segments(&trace_id).await?;
        Ok((segments.iter().filter(|segment| !segment.inferred).count() == 21).then_some(segments))
    })
    .await?;
    let front = segments
        .iter()
        .find(|segment| segment.parent_id.is_none())
        .unwrap();
    assert_eq!(front.subsegments.len(), 20);
    assert_eq!(
        stack.console.received(21).await?["datagrams"]["received"],
        21
    );
    Ok(())
}

#[tokio::test]
async fn a_back_end_that_is_away_is_a_502_and_a_fault_in_the_trace() -> Result<()> {
    let mut stack = Stack::start().await?;
    stack.back.kill().await?;
    let (status, trace_id, body) = ask(&stack, "/api").await?;
    assert_eq!(
        (status.as_u16(), body.as_str()),
        (502, "{\"error\":\"the back end cannot be reached\"}")
    );
    let segments = eventually("the front's segment", async || {
        let segments = stack.console.segments(&trace_id).await?;
        Ok((!segments.is_empty()).then_some(segments))
    })
    .await?;
    let front = segments.iter().find(|segment| !segment.inferred).unwrap();
    assert!(front.fault && front.subsegments[0].fault);
    assert!(format!("{:?}", front.subsegments[0].cause).contains("refused"));
    Ok(())
}

#[tokio::test]
async fn logs_carry_the_trace_in_both_spellings() -> Result<()> {
    let mut stack = Stack::start().await?;
    stack.back.kill().await?;
    let (_, trace_id, _) = ask(&stack, "/api").await?;
    let line = stack
        .front
        .line(|line| line.contains("cannot be reached").then(|| line.to_owned()))
        .await?;
    let line: serde_json::Value = serde_json::from_str(&line)?;
    assert_eq!(line["traceId"], trace_id.as_str());
    assert_eq!(line["trace_id"], trace_id[2..].replace('-', "").as_str());
    assert_eq!(line["span_id"].as_str().map(str::len), Some(16));
    Ok(())
}

#[tokio::test]
async fn a_trace_that_is_not_sampled_says_so_and_leaves_nothing() -> Result<()> {
    let stack = Stack::start().await?;
    let header = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=0";
    let response = reqwest::Client::new()
        .get(stack.front_url("/api"))
        .header("X-Amzn-Trace-Id", header)
        .send()
        .await?;
    assert_eq!(response.headers()["x-amzn-trace-id"], header);
    assert!(
        response.headers()["traceresponse"]
            .to_str()?
            .ends_with("-00")
    );
    assert_eq!(response.headers()["x-sample-pod"], "front,back");
    // A later request's documents are there, so the earlier one's would be.
    let (_, trace_id, _) = ask(&stack, "/api").await?;
    segments(&stack, &trace_id).await?;
    assert_eq!(stack.console.status().await?["store"]["traces"], 1);
    Ok(())
}
