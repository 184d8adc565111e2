//! The task's metadata on ECS, from a server that answers as ECS does, late, incorrectly, or not at all.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    future::pending,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use segment::Document;
use segment_schema::assert_valid;
use tokio::net::TcpListener;
use xray::{Config, Tracing, testing::Daemon};

const PATIENCE: Duration = Duration::from_secs(5);
const TASK_ARN: &str =
    "arn:aws:ecs:eu-west-1:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c";

/// Serves `/v4/0` and `/v4/0/task` and returns where.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

fn ecs() -> Router {
    let container = r#"{"DockerId":"cd189a933e5849daa93386466019ab50-2495160603","Name":"front",
        "ContainerARN":"arn:aws:ecs:eu-west-1:111122223333:container/default/158d/05966557",
        "LogDriver":"awslogs","LogOptions":{"awslogs-group":"x-ray-sample","awslogs-region":"eu-west-1"}}"#;
    let task = format!(
        r#"{{"Cluster":"default","TaskARN":"{TASK_ARN}","Family":"x-ray-sample-front-k8s","Revision":"5",
        "AvailabilityZone":"eu-west-1a","LaunchType":"FARGATE","Containers":[]}}"#
    );
    Router::new()
        .route("/v4/0", get(async move || container))
        .route("/v4/0/task", get(async move || task))
}

fn config(daemon: &Daemon, metadata: SocketAddr, resource: &str) -> Config {
    let env = |variable: &str| match variable {
        "ECS_CONTAINER_METADATA_URI_V4" => Some(format!("http://{metadata}/v4/0")),
        "OTEL_RESOURCE_ATTRIBUTES" => Some(resource.to_owned()),
        _ => None,
    };
    let Config {
        daemon: address,
        sampler,
        ..
    } = daemon.config("shop");
    Config {
        daemon: address,
        sampler,
        ..Config::from_env("shop", &env).unwrap()
    }
}

async fn next(tracing: &Tracing, daemon: &Daemon) -> Document<'static> {
    tracing.segment("work", async {}).await;
    daemon.receive(1).remove(0)
}

/// Ends segments until one has what is looked for.
async fn until(
    tracing: &Tracing,
    daemon: &Daemon,
    has: impl Fn(&Document<'_>) -> bool,
) -> Document<'static> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let document = next(tracing, daemon).await;
        if has(&document) {
            return document;
        }
        assert!(Instant::now() < deadline, "{document:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_fargate(document: &Document<'_>) -> bool {
    document.origin.as_deref() == Some("AWS::ECS::Fargate")
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_say_which_task_and_container_they_are_of() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&config(&daemon, serve(ecs()).await, "")).unwrap();
    let document = until(&tracing, &daemon, is_fargate).await;
    let aws = document.aws.as_deref().unwrap();
    let ecs = aws.ecs.as_ref().unwrap();
    let text =
        |text: &Option<std::borrow::Cow<'_, str>>| text.clone().unwrap_or_default().into_owned();
    assert_eq!(
        [
            &ecs.container,
            &ecs.container_id,
            &ecs.task_arn,
            &ecs.task_family,
            &ecs.cluster_arn,
            &ecs.launch_type,
            &ecs.availability_zone
        ]
        .map(text),
        [
            "front",
            "cd189a933e5849daa93386466019ab50-2495160603",
            TASK_ARN,
            "x-ray-sample-front-k8s",
            "arn:aws:ecs:eu-west-1:111122223333:cluster/default",
            "fargate",
            "eu-west-1a",
        ]
    );
    assert_eq!(text(&aws.account_id), "111122223333");
    assert_eq!(text(&aws.cloudwatch_logs[0].log_group), "x-ray-sample");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_resource_says_wins() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let said = "aws.ecs.task.family=mine";
    let tracing = Tracing::new(&config(&daemon, serve(ecs()).await, said)).unwrap();
    let document = until(&tracing, &daemon, is_fargate).await;
    let ecs = document.aws.as_deref().unwrap().ecs.as_ref().unwrap();
    assert_eq!(ecs.task_family.as_deref(), Some("mine"));

    // A platform that is said to be another one stays that, whatever ECS sets.
    let elsewhere = config(
        &daemon,
        serve(ecs_is_away()).await,
        "cloud.platform=aws_eks",
    );
    assert_eq!(
        elsewhere.resource,
        [("cloud.platform".to_owned(), "aws_eks".to_owned())]
    );
}

fn ecs_is_away() -> Router {
    Router::new()
}

/// Nobody waits for the metadata: segments go at once, and say what is known, which is that it is ECS.
#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_never_comes_delays_nothing() {
    let never = Router::new().route("/v4/0", get(async || pending::<String>().await));
    for app in [never, ecs_is_away()] {
        let daemon = Daemon::start().unwrap().checking(assert_valid);
        let begun = Instant::now();
        let tracing = Tracing::new(&config(&daemon, serve(app).await, "")).unwrap();
        let document = next(&tracing, &daemon).await;
        assert!(
            begun.elapsed() < Duration::from_millis(900),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(document.origin.as_deref(), Some("AWS::ECS::Container"));
        let begun = Instant::now();
        drop(tracing);
        assert!(
            begun.elapsed() < Duration::from_millis(900),
            "{:?}",
            begun.elapsed()
        );
    }
}
