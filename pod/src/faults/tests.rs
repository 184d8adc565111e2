use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header},
    middleware::from_fn_with_state,
    routing::get,
};
use tower::ServiceExt;

use super::{requested::RequestedFaults, *};

fn read(query: &str) -> Result<Option<RequestedFaults>, String> {
    RequestedFaults::read(Some(query))
}

/// Asks a service in `place` that answers which fault it would hand on.
async fn answer(place: Place, query: &str, token: &str) -> (StatusCode, String) {
    let handed_on = |request: Request| async move {
        format!("{:?}", request.extensions().get::<ForwardedFault>())
    };
    let app = Router::new()
        .route("/", get(handed_on))
        .layer(from_fn_with_state(place, inject));
    let request = Request::get(format!("/?{query}"))
        .header(TOKEN_HEADER, token)
        .header(header::COOKIE, "a=b; x-sample-token=from the page")
        .body(Body::empty())
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn shares_are_drawn_in_their_order() {
    let requested = read("fault=throttle:30,latency:20&latency=250&at=back")
        .unwrap()
        .unwrap();
    assert_eq!(requested.place, Place::Back);
    let latency = Fault::Latency(Duration::from_millis(250));
    for (number, fault) in [
        (0.0, Some(Fault::Throttle)),
        (29.9, Some(Fault::Throttle)),
        (30.0, Some(latency)),
        (49.9, Some(latency)),
        (50.0, None),
        (99.9, None),
    ] {
        assert_eq!(requested.draw(number), fault, "{number}");
    }
    let without_share = read("fault=timeout").unwrap().unwrap();
    assert_eq!(without_share.draw(99.9), Some(Fault::Timeout));
    assert_eq!(read("fault=error:0").unwrap().unwrap().draw(0.0), None);
    assert_eq!((read("slow=true"), read("fault=")), (Ok(None), Ok(None)));
}

#[test]
fn what_cannot_be_done_is_named_with_what_can() {
    for (query, said) in [
        (
            "fault=explosion",
            "fault=\"explosion\": write one of error, throttle",
        ),
        (
            "fault=error:101",
            "fault=\"error:101\": write a share from 0 to 100",
        ),
        ("fault=error:-1", "write a share"),
        ("fault=error:NaN", "write a share"),
        ("fault=error:", "write a share"),
        ("fault=error:60,fault:50", "the shares are 110 % together"),
        (
            "fault=latency&latency=-5",
            "latency=\"-5\": write milliseconds, 0 to 10000",
        ),
        ("fault=latency&latency=10001", "write milliseconds"),
        (
            "fault=error&at=middle",
            "at=\"middle\": write front or back",
        ),
    ] {
        let mistake = read(query).unwrap_err();
        assert!(mistake.contains(said), "{query}: {mistake}");
    }
}

#[tokio::test]
async fn a_fault_for_this_service_is_done_and_one_for_the_other_handed_on() {
    let here = answer(Place::Front, "fault=throttle", "from the page").await;
    assert_eq!(
        here,
        (
            StatusCode::TOO_MANY_REQUESTS,
            "{\"error\":\"an injected throttle\"}".to_owned()
        )
    );
    for query in ["fault=throttle&at=back", "fault=unreachable"] {
        let (status, body) = answer(Place::Front, query, "from the page").await;
        assert!(
            status == StatusCode::OK && body.starts_with("Some(ForwardedFault("),
            "{query}: {body}"
        );
    }
    let nothing = answer(Place::Front, "fault=throttle:0", "from the page").await;
    assert_eq!(nothing, (StatusCode::OK, "None".to_owned()));
}

#[tokio::test]
async fn without_the_token_of_the_page_nothing_is_done() {
    for token in ["", "another page", "b"] {
        let (status, body) = answer(Place::Back, "fault=fault&at=back", token).await;
        assert!(
            status == StatusCode::FORBIDDEN && body.contains("x-sample-token"),
            "{token}: {body}"
        );
    }
    assert_eq!(answer(Place::Back, "slow=true", "").await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn latency_answers_later_and_a_timeout_after_three_seconds_with_504() {
    let start = tokio::time::Instant::now();
    let (status, _) = answer(Place::Front, "fault=latency&latency=1500", "from the page").await;
    assert_eq!(
        (status, start.elapsed().as_millis()),
        (StatusCode::OK, 1500)
    );
    let (status, _) = answer(Place::Front, "fault=timeout", "from the page").await;
    assert_eq!(
        (status, start.elapsed().as_millis()),
        (StatusCode::GATEWAY_TIMEOUT, 4500)
    );
}

#[tokio::test]
async fn the_back_end_understands_what_the_front_end_hands_on() {
    for fault in [
        Fault::Error,
        Fault::Throttle,
        Fault::Latency(Duration::from_millis(7)),
        Fault::Timeout,
    ] {
        let (parameters, headers) = fault.for_back_end();
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let requested = read(&query).unwrap().unwrap();
        assert_eq!(
            (requested.place, requested.draw(99.9)),
            (Place::Back, Some(fault))
        );
        assert!(token::is_valid(&headers));
    }
}
