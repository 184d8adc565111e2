//! The task's metadata on ECS, read once, in the background.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html>

use std::{
    error::Error,
    io,
    str::FromStr,
    thread,
    time::{Duration, Instant},
};

use reqwest::{Client, Url};
use segment::Value;
use tokio::runtime::Builder;

/// ECS sets this variable in every container; if it is set, the service runs on ECS.
pub(crate) const VARIABLE: &str = "ECS_CONTAINER_METADATA_URI_V4";
/// How long to try to read the metadata; after that, segments are sent without it.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long to wait between two tries: right after a task has started, the metadata may not be available.
const PAUSE: Duration = Duration::from_millis(100);

/// The URL of the container's metadata; the task's metadata is at `/task` below it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html>
///
/// ```
/// use xray::{Config, EcsMetadata};
///
/// let mut config = Config::new("shop");
/// config.ecs_metadata = Some("http://169.254.170.2/v4/0b1c".parse()?);
/// assert!("169.254.170.2".parse::<EcsMetadata>().is_err());
/// # Ok::<(), xray::InvalidEcsMetadata>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcsMetadata(Url);

/// A text that is not a URL, or one of another scheme than `http`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write http://host/path, as ECS does")]
pub struct InvalidEcsMetadata;

impl FromStr for EcsMetadata {
    type Err = InvalidEcsMetadata;

    fn from_str(text: &str) -> Result<Self, InvalidEcsMetadata> {
        let url = Url::parse(text).map_err(|_| InvalidEcsMetadata)?;
        if url.scheme() == "http" {
            Ok(Self(url))
        } else {
            Err(InvalidEcsMetadata)
        }
    }
}

impl EcsMetadata {
    /// Reads the metadata on a thread of its own, for at most a second, and passes the attributes to `found`. Logs a
    /// warning if there is no answer.
    pub(crate) fn read(
        self,
        found: impl FnOnce(Vec<(String, String)>) + Send + 'static,
    ) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let ask = move || match runtime.block_on(self.ask(Instant::now() + PATIENCE)) {
            Ok(attributes) => found(attributes),
            Err(error) => tracing::warn!(
                url = %self.0,
                %error,
                "the task's metadata cannot be read; segments are sent without it"
            ),
        };
        thread::Builder::new()
            .name("xray-ecs".to_owned())
            .spawn(ask)?;
        Ok(())
    }

    async fn ask(&self, until: Instant) -> Result<Vec<(String, String)>, Box<dyn Error>> {
        let client = Client::builder().no_proxy().build()?;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let answer = tokio::time::timeout(left, self.ask_once(&client)).await;
            match answer.unwrap_or_else(|_| Err("no answer within a second".into())) {
                Ok(attributes) => return Ok(attributes),
                Err(error) if left <= PAUSE => return Err(error),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn ask_once(&self, client: &Client) -> Result<Vec<(String, String)>, Box<dyn Error>> {
        let get = async |url: &str| {
            let answer = client.get(url).send().await?.error_for_status()?;
            Ok::<_, Box<dyn Error>>(Value::parse(&answer.text().await?)?)
        };
        let container = self.0.as_str().trim_end_matches('/');
        Ok(attributes(
            &get(container).await?,
            &get(&format!("{container}/task")).await?,
        ))
    }
}

/// Returns what ECS says about a container and its task as OpenTelemetry's attributes.
/// <https://opentelemetry.io/docs/specs/semconv/resource/cloud-provider/aws/ecs/>
fn attributes(container: &Value<'_>, task: &Value<'_>) -> Vec<(String, String)> {
    let text = |value: &Value<'_>, key: &str| value.get(key)?.as_text().map(str::to_owned);
    let task_arn = text(task, "TaskARN");
    // arn:aws:ecs:<region>:<account>:task/<cluster>/<id>
    let in_arn = |place: usize| {
        let part = task_arn.as_deref()?.split(':').nth(place)?;
        Some(part.to_owned())
    };
    let log_group = container
        .get("LogOptions")
        .and_then(|options| text(options, "awslogs-group"));
    let found = [
        ("container.id", text(container, "DockerId")),
        ("container.name", text(container, "Name")),
        ("aws.ecs.container.arn", text(container, "ContainerARN")),
        (
            "aws.ecs.cluster.arn",
            cluster_arn(text(task, "Cluster"), task_arn.as_deref()),
        ),
        ("aws.ecs.task.family", text(task, "Family")),
        ("aws.ecs.task.revision", text(task, "Revision")),
        (
            "aws.ecs.launchtype",
            text(task, "LaunchType").map(|kind| kind.to_ascii_lowercase()),
        ),
        ("aws.log.group.names", log_group),
        ("cloud.availability_zone", text(task, "AvailabilityZone")),
        ("cloud.region", in_arn(3)),
        ("cloud.account.id", in_arn(4)),
        ("aws.ecs.task.arn", task_arn.clone()),
    ];
    let is_text = |value: &String| !value.is_empty();
    found
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value.filter(is_text)?)))
        .collect()
}

/// Returns the cluster's ARN; ECS gives the ARN or only the cluster's name.
fn cluster_arn(cluster: Option<String>, task_arn: Option<&str>) -> Option<String> {
    let cluster = cluster?;
    if cluster.starts_with("arn:") {
        return Some(cluster);
    }
    let (place, _) = task_arn?.split_once(":task/")?;
    Some(format!("{place}:cluster/{cluster}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value<'static> {
        Value::parse(json).unwrap()
    }

    #[test]
    fn a_cluster_name_becomes_its_arn() {
        let task = "arn:aws:ecs:eu-west-1:1:task/shop/2";
        let expected = Some("arn:aws:ecs:eu-west-1:1:cluster/shop".to_owned());
        for cluster in ["shop", "arn:aws:ecs:eu-west-1:1:cluster/shop"] {
            assert_eq!(cluster_arn(Some(cluster.to_owned()), Some(task)), expected);
        }
        assert_eq!(cluster_arn(Some("shop".to_owned()), None), None);
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_left_out() {
        let found = attributes(
            &value(r#"{"Name":"","DockerId":7}"#),
            &value(r#"{"Family":"f"}"#),
        );
        assert_eq!(found, [("aws.ecs.task.family".to_owned(), "f".to_owned())]);
        assert_eq!(attributes(&value("[]"), &value("null")), []);
    }

    #[test]
    fn only_a_plain_http_url_is_taken() {
        assert!("http://169.254.170.2/v4/0".parse::<EcsMetadata>().is_ok());
        for wrong in ["169.254.170.2", "https://169.254.170.2/v4/0", "file:///v4"] {
            assert!(wrong.parse::<EcsMetadata>().is_err(), "{wrong}");
        }
    }
}
