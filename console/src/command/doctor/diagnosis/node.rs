//! Whether a daemon is the one on this node.

use std::net::IpAddr;

use segment::HostPort;

/// Returns which node the daemon is on, as far as can be known, and the command that tells more, if there is one.
///
/// A Service's address may lead to any pod; with `internalTrafficPolicy: Local`, to one on this node.
pub(super) fn location(
    named: &HostPort,
    address: IpAddr,
    host_ip: Option<IpAddr>,
) -> (&'static str, Option<String>) {
    if address.is_loopback() {
        return ("on this machine", None);
    }
    if host_ip == Some(address) {
        return ("on this node (HOST_IP)", None);
    }
    let told = if host_ip.is_some() {
        "not this node's address (HOST_IP), so perhaps that of a Service"
    } else {
        "on this node or another"
    };
    (
        told,
        Some(format!(
            "in a cluster, Local means the daemon on this node, Cluster that of any node: {}",
            command(named)
        )),
    )
}

/// Returns the command that shows the endpoints of the Service with that name; `None` if it is not the name of a
/// Service.
///
/// A Service may have a ready pod but no endpoint at this port, if the port has another name.
pub(super) fn endpoints(named: &HostPort) -> Option<String> {
    let (service, namespace) = service(named)?;
    Some(format!(
        "kubectl -n {namespace} get endpointslices -l kubernetes.io/service-name={service}"
    ))
}

fn command(named: &HostPort) -> String {
    const POLICY: &str = "{.spec.internalTrafficPolicy}";
    match service(named) {
        _ if named.host.parse::<IpAddr>().is_ok() => {
            format!("kubectl get services -A -o wide | grep {}", named.host)
        }
        Some((service, namespace)) => {
            format!("kubectl -n {namespace} get service {service} -o jsonpath='{POLICY}'")
        }
        None => format!("kubectl get service {} -o jsonpath='{POLICY}'", named.host),
    }
}

/// Returns the Service and the namespace in a cluster name.
fn service(named: &HostPort) -> Option<(&str, &str)> {
    if named.host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let mut labels = named.host.split('.');
    Some((labels.next()?, labels.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nodes_own_daemon_is_known_by_its_address() {
        let named = HostPort {
            host: "aws-xray.xray".to_owned(),
            port: 2000,
        };
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(location(&named, ip("::1"), None).1, None);
        let own = location(&named, ip("10.0.0.7"), Some(ip("10.0.0.7")));
        assert_eq!(own, ("on this node (HOST_IP)", None));
        let (told, command) = location(&named, ip("172.20.1.1"), Some(ip("10.0.0.7")));
        assert!(told.contains("HOST_IP"), "{told}");
        let line =
            "kubectl -n xray get service aws-xray -o jsonpath='{.spec.internalTrafficPolicy}'";
        assert!(command.unwrap().ends_with(line));
    }

    #[test]
    fn who_is_behind_a_service_is_asked_by_its_name() {
        let of = |host: &str| {
            endpoints(&HostPort {
                host: host.to_owned(),
                port: 2000,
            })
        };
        let line = "kubectl -n xray get endpointslices -l kubernetes.io/service-name=aws-xray";
        for host in ["aws-xray.xray", "aws-xray.xray.svc.cluster.local"] {
            assert_eq!(of(host).as_deref(), Some(line));
        }
        for host in ["127.0.0.1", "::1", "localhost"] {
            assert_eq!(of(host), None, "{host}");
        }
    }
}
