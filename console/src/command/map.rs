//! `console map`: the service map as text.

use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::{
    ask::{Period, Where, duration},
    terminal::{Colour, Colours, Style, plain},
};

/// What `console map` was asked for.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// A filter expression of X-Ray: the map of the traces that it takes. Without one, of all.
    #[arg(value_name = "EXPRESSION")]
    expression: Option<String>,

    /// How far back to look: 500ms, 30s, 5m or 2h.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    since: Duration,

    #[command(flatten)]
    at: Where,

    /// Whether to write colours. `auto` follows the terminal and `NO_COLOR`.
    #[arg(long, value_enum, default_value_t)]
    color: Colours,
}

/// Draws the map: a line for each service, below it one for each service that it calls, with what was seen of both.
///
/// # Errors
///
/// If the console does not answer, or the expression is none.
pub async fn run(
    options: Options,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let style = Style::of_stdout(None, options.color, &variable);
    let console = options.at.client(variable)?;
    let period = Period::since(options.since);
    let services = console
        .services(period, options.expression.as_deref())
        .await?;
    Ok(draw(&services, style))
}

fn draw(services: &[Value], style: Style) -> String {
    if services.is_empty() {
        return "no traces\n".to_owned();
    }
    // Clients first: what is called from outside is below them.
    let is_client = |service: &&Value| text(service, "Type") == "client";
    let (clients, others): (Vec<_>, Vec<_>) = services.iter().partition(is_client);
    let mut map = String::new();
    for service in clients.into_iter().chain(others) {
        map.push_str(&line("", service, service, style));
        for edge in service["Edges"].as_array().into_iter().flatten() {
            let is_it = |service: &&Value| service["ReferenceId"] == edge["ReferenceId"];
            if let Some(callee) = services.iter().find(is_it) {
                map.push_str(&line("  → ", callee, edge, style));
            }
        }
    }
    map
}

/// What was seen of a service by itself, or by who calls it.
fn line(begin: &str, service: &Value, of: &Value, style: Style) -> String {
    let name = plain(text(service, "Name")).into_owned();
    let kind = match text(service, "Type") {
        "" => String::new(),
        kind => format!(" ({})", plain(kind)),
    };
    let statistics = &of["SummaryStatistics"];
    let count = |path: &str| {
        statistics
            .pointer(path)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    let total = count("/TotalCount");
    if total == 0 {
        return format!("{begin}{name}{kind}\n");
    }
    let seconds = statistics["TotalResponseTime"].as_f64().unwrap_or_default();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of requests is far below 2^52"
    )]
    let (average, share) = (seconds * 1_000.0 / total as f64, |count: u64| {
        100.0 * count as f64 / total as f64
    });
    let mut said = format!("{total} × {average:.1} ms");
    let mut worst = Colour::Green;
    for (word, colour, count) in [
        (
            "error",
            Colour::Yellow,
            count("/ErrorStatistics/OtherCount"),
        ),
        (
            "throttle",
            Colour::Magenta,
            count("/ErrorStatistics/ThrottleCount"),
        ),
        ("fault", Colour::Red, count("/FaultStatistics/TotalCount")),
    ] {
        if count > 0 {
            said.push_str(&style.paint(colour, &format!("  {:.1}% {word}", share(count))));
            worst = colour;
        }
    }
    format!("{begin}{}{kind}  {said}\n", style.paint(worst, &name))
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn services_stand_above_what_they_call() {
        let seen = |total: u64, fault: u64| {
            json!({ "TotalCount": total, "TotalResponseTime": 0.02,
            "ErrorStatistics": { "OtherCount": 0, "ThrottleCount": 0 }, "FaultStatistics": { "TotalCount": fault } })
        };
        let services = [
            json!({ "ReferenceId": 0, "Name": "bank", "SummaryStatistics": seen(1, 1), "Edges": [] }),
            json!({ "ReferenceId": 1, "Name": "shop", "Type": "AWS::EKS::Container", "SummaryStatistics": seen(4, 1),
                "Edges": [{ "ReferenceId": 0, "SummaryStatistics": seen(2, 1) }] }),
            json!({ "ReferenceId": 2, "Name": "shop", "Type": "client", "Edges": [{ "ReferenceId": 1, "SummaryStatistics": seen(4, 0) }] }),
        ];
        let style = |colours| Style {
            columns: 100,
            colours,
        };
        assert_eq!(
            draw(&services, style(false)),
            "shop (client)\n  → shop (AWS::EKS::Container)  4 × 5.0 ms\nbank  1 × 20.0 ms  100.0% fault\n\
             shop (AWS::EKS::Container)  4 × 5.0 ms  25.0% fault\n  → bank  2 × 10.0 ms  50.0% fault\n"
        );
        assert!(draw(&services, style(true)).contains("\u{1b}[31mbank\u{1b}[0m"));
        assert_eq!(draw(&[], style(false)), "no traces\n");
    }
}
