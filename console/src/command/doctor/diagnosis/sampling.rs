//! Whether a service gets its sampling rules, which are fetched separately.

use super::{
    super::{
        collector,
        evidence::{Followed, Sent},
        settings::{Rules, Settings},
    },
    DROPPED, Finding, Hop,
};
use crate::command::client::NoAnswer;

pub(super) fn sampling(settings: &Settings, followed: &Followed) -> Finding {
    let whom = match &settings.rules {
        Rules::Asked(whom) => whom,
        Rules::NotAsked(why) => return Finding::works(Hop::Sampling, why),
    };
    match &followed.sampling {
        None => Finding::not_reached(Hop::Sampling),
        Some(Ok(count)) => Finding::works(
            Hop::Sampling,
            format!("TCP {whom} returned {count} sampling rules"),
        ),
        Some(Err(NoAnswer::Closed(..))) if is_absent(settings, followed) => {
            Finding::unknown(Hop::Sampling, "nothing listens there at all")
        }
        Some(Err(error)) => Finding::broken(Hop::Sampling, error.to_string(), remedy(error)),
    }
}

/// Whether the canary was refused, and the rules are fetched from the same address: the cause is reported once.
fn is_absent(settings: &Settings, followed: &Followed) -> bool {
    let to = match &settings.otlp {
        None => settings.address.udp.clone(),
        Some(collector) => collector::host_and_port(collector.otlp.url()),
    };
    let is_refused = matches!(
        followed.sent,
        Some(Sent::Refused | Sent::Posted(Err(NoAnswer::Closed(..))))
    );
    is_refused && settings.rules == Rules::Asked(to)
}

fn remedy(error: &NoAnswer) -> String {
    const MEANWHILE: &str = "Meanwhile services record one request a second and 5 % of the rest";
    match error {
        NoAnswer::Closed(..) => format!(
            "open the daemon's TCP port (AWS's daemon: -t 0.0.0.0:2000; a Service needs it as well as UDP), or set \
             another address for the rules: OTEL_TRACES_SAMPLER_ARG=endpoint=http://HOST:PORT. {MEANWHILE}"
        ),
        NoAnswer::Dropped(_) => format!("packets are dropped on the way: {DROPPED}. {MEANWHILE}"),
        NoAnswer::Status(_, 403, _) => {
            "a console accepts only the host names that it was given: --allow-host; AWS's daemon \
             needs a role with xray:GetSamplingRules (policy AWSXRayDaemonWriteAccess)"
                .to_owned()
        }
        NoAnswer::Silent(..) | NoAnswer::Status(..) => format!(
            "the daemon's log says why: AWS's daemon forwards the request to X-Ray. {MEANWHILE}"
        ),
        NoAnswer::Unexpected(..) => "another program listens there: correct the port".to_owned(),
    }
}
