//! Whether a daemon is the node's own.

use std::net::IpAddr;

use segment::HostPort;

/// Returns whose the daemon is as far as this can be known, and the command that tells more if there is more.
///
/// Behind a Service's address may be any pod; with `internalTrafficPolicy: Local` it is one of this node.
pub(super) fn whose(
    named: &HostPort,
    address: IpAddr,
    host_ip: Option<IpAddr>,
) -> (&'static str, Option<String>) {
    if address.is_loopback() {
        return ("on this machine", None);
    }
    if host_ip == Some(address) {
        return ("the node's own (HOST_IP)", None);
    }
    let told = if host_ip.is_some() {
        "not the node's address (HOST_IP), so perhaps a Service's"
    } else {
        "on this node or on another"
    };
    (
        told,
        Some(format!(
            "in a cluster Local means the node's own: {}",
            command(named)
        )),
    )
}

fn command(named: &HostPort) -> String {
    const POLICY: &str = "{.spec.internalTrafficPolicy}";
    let mut labels = named.host.split('.');
    match (labels.next(), labels.next()) {
        _ if named.host.parse::<IpAddr>().is_ok() => {
            format!("kubectl get services -A -o wide | grep {}", named.host)
        }
        (Some(service), Some(namespace)) => {
            format!("kubectl -n {namespace} get service {service} -o jsonpath='{POLICY}'")
        }
        _ => format!("kubectl get service {} -o jsonpath='{POLICY}'", named.host),
    }
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
        assert_eq!(whose(&named, ip("::1"), None).1, None);
        let own = whose(&named, ip("10.0.0.7"), Some(ip("10.0.0.7")));
        assert_eq!(own, ("the node's own (HOST_IP)", None));
        let (told, command) = whose(&named, ip("172.20.1.1"), Some(ip("10.0.0.7")));
        assert!(told.contains("HOST_IP"), "{told}");
        let line =
            "kubectl -n xray get service aws-xray -o jsonpath='{.spec.internalTrafficPolicy}'";
        assert!(command.unwrap().ends_with(line));
    }
}
