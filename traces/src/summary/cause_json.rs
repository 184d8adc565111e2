//! Root causes in the form of the X-Ray API: `FaultRootCause`, `ErrorRootCause`, `ResponseTimeRootCause`.

use serde::{Serialize, Serializer};

use super::{CauseEntity, CauseException, CauseService, RootCause};

/// What each entity has besides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Exceptions, in the causes of faults and errors.
    Exceptions,
    /// The share of the time, in the causes of response times.
    Coverage,
    /// Both, for comparisons.
    Both,
}

/// A root cause, for serialization as JSON.
#[derive(Debug, Clone, Copy)]
pub struct DetailedCause<'c> {
    cause: &'c RootCause,
    detail: Detail,
}

impl RootCause {
    /// Returns a value to be serialized as JSON.
    pub fn with(&self, detail: Detail) -> DetailedCause<'_> {
        DetailedCause {
            cause: self,
            detail,
        }
    }
}

impl Serialize for DetailedCause<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Cause<'c> {
            services: Vec<Service<'c>>,
            client_impacting: bool,
        }
        let services = self.cause.services.iter();
        let cause = Cause {
            services: services
                .map(|service| Service::of(service, self.detail))
                .collect(),
            client_impacting: self.cause.client_impacting,
        };
        cause.serialize(serializer)
    }
}

/// `Type` is always a string: Grafana's analytics fails if it is absent.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Service<'c> {
    name: &'c str,
    names: [&'c str; 1],
    #[serde(rename = "Type")]
    kind: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'c str>,
    entity_path: Vec<Entity<'c>>,
    inferred: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entity<'c> {
    name: &'c str,
    remote: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exceptions: Option<Vec<Exception<'c>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Exception<'c> {
    /// Not every exception has one.
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'c str,
}

impl<'c> Service<'c> {
    fn of(service: &'c CauseService, detail: Detail) -> Self {
        let id = &service.service;
        Self {
            name: &id.name,
            names: [&id.name],
            kind: id.kind.as_deref().unwrap_or_default(),
            account_id: id.account.as_deref(),
            entity_path: service
                .entities
                .iter()
                .map(|entity| Entity::of(entity, detail))
                .collect(),
            inferred: service.inferred,
        }
    }
}

impl<'c> Entity<'c> {
    fn of(entity: &'c CauseEntity, detail: Detail) -> Self {
        let exceptions = || entity.exceptions.iter().map(Exception::of).collect();
        Self {
            name: &entity.name,
            remote: entity.remote,
            coverage: (detail != Detail::Exceptions).then_some(entity.coverage),
            exceptions: (detail != Detail::Coverage).then(exceptions),
        }
    }
}

impl<'c> Exception<'c> {
    fn of(exception: &'c CauseException) -> Self {
        Self {
            name: &exception.name,
            message: &exception.message,
        }
    }
}
