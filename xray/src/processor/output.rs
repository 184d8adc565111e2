//! Where spans end up: what is made of them, and the emitter that takes it.

use std::{io, sync::Arc, time::SystemTime};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{Resource, resource::TelemetryResourceDetector};
use segment::{
    Value,
    mapping::{Mapping, Settings},
    value::Members,
};

use crate::{
    assembly::{Assembly, Outlet},
    config::{Config, Exporter},
    delivery::Counters,
    emitter::{Daemon, Emitter, Resolver},
    otlp::{Collector, Otlp},
};

/// What becomes of spans.
#[derive(Debug, Clone)]
pub(super) enum Output {
    /// Segment documents.
    Documents(Arc<Assembly>),
    /// Spans as they are, for OTLP.
    Spans,
}

/// Starts what sends; `None` if there is nowhere to send to.
pub(super) fn start(
    config: &Config,
    resolver: Resolver,
    counters: &Arc<Counters>,
) -> io::Result<Option<(Emitter, Output)>> {
    match &config.exporter {
        Exporter::Xray => to_daemon(config, resolver, counters).map(Some),
        Exporter::Otlp(otlp) => to_collector(otlp, config, resolver, counters).map(Some),
        Exporter::None => Ok(None),
    }
}

/// Segment documents, as datagrams.
fn to_daemon(
    config: &Config,
    resolver: Resolver,
    counters: &Arc<Counters>,
) -> io::Result<(Emitter, Output)> {
    let mapping = Mapping::new(members(&resource(config)), Settings::default());
    counters.note(&mapping.trimmed());
    let assembly = Arc::new(Assembly::new(mapping));
    let described = Arc::clone(&assembly);
    find_out_more(config, move |resource| {
        described.describe(Mapping::new(members(resource), Settings::default()));
    })?;
    let look_after = {
        let (assembly, counters) = (Arc::clone(&assembly), Arc::clone(counters));
        move |emit: &dyn Fn(&[u8])| {
            assembly.look_after(
                SystemTime::now().into(),
                &Outlet {
                    emit,
                    counters: &counters,
                },
            );
        }
    };
    let emitter = Emitter::start(
        config.daemon.udp.to_string(),
        Daemon::new(&config.daemon, resolver),
        Arc::clone(counters),
        look_after,
    )?;
    Ok((emitter, Output::Documents(assembly)))
}

/// On ECS: asks for what is to be known of the resource, and hands over the resource with that in it. What
/// `config` says of it wins.
fn find_out_more(config: &Config, take: impl FnOnce(&Resource) + Send + 'static) -> io::Result<()> {
    let Some(metadata) = config.ecs_metadata.clone() else {
        return Ok(());
    };
    let mut config = config.clone();
    metadata.read(move |mut found| {
        found.retain(|(key, _)| !config.resource.iter().any(|(said, _)| said == key));
        config.resource.extend(found);
        take(&resource(&config));
    })
}

/// Spans, by OTLP.
fn to_collector(
    otlp: &Otlp,
    config: &Config,
    resolver: Resolver,
    counters: &Arc<Counters>,
) -> io::Result<(Emitter, Output)> {
    let config = with_clean_name(config, counters);
    let collector = Collector::new(
        otlp.clone(),
        &resource(&config),
        resolver,
        Arc::clone(counters),
    )?;
    find_out_more(&config, collector.describe())?;
    let url = otlp.url().to_string();
    let emitter = Emitter::start(url, collector, Arc::clone(counters), |_| {})?;
    Ok((emitter, Output::Spans))
}

/// AWS's agents take the service's name as it is, and X-Ray then refuses one that it does not like.
fn with_clean_name(config: &Config, counters: &Counters) -> Config {
    Config {
        service_name: counters.clean_name(&config.service_name),
        ..config.clone()
    }
}

/// The resource's attributes, and the SDK's own.
pub(crate) fn resource(config: &Config) -> Resource {
    let mut attributes = vec![KeyValue::new("service.name", config.service_name.clone())];
    if !config.service_version.is_empty() {
        attributes.push(KeyValue::new(
            "service.version",
            config.service_version.clone(),
        ));
    }
    attributes.extend(
        config
            .resource
            .iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone())),
    );
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(attributes)
        .build()
}

fn members(resource: &Resource) -> Members<'static> {
    let mut members: Members<'static> = resource
        .iter()
        .map(|(key, value)| (key.to_string().into(), Value::from(value.to_string())))
        .collect();
    members.sort_by(|(left, _), (right, _)| left.cmp(right));
    members
}
