//! Invalid values stop the program at start-up; the error names all of them.

use end_to_end::{Console, Program, Result, stack::start_service};

#[tokio::test]
async fn every_wrong_variable_of_a_service_is_named_with_its_value() -> Result<()> {
    let wrong = [
        ("LISTEN_ADDRESS", "8080"),
        ("BACKEND_URL", "https://back"),
        ("XRAY_CONSOLE_URL", "javascript:alert(1)"),
        ("AWS_XRAY_DAEMON_ADDRESS", "aws-xray.xray"),
        ("AWS_XRAY_SDK_DISABLED", "maybe"),
        ("OTEL_RESOURCE_ATTRIBUTES", "cloud.platform"),
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=https://agent:2000"),
        ("AWS_XRAY_SAMPLING_RULES", "/nowhere/rules.json"),
        ("XRAY_DEBUG", "loud"),
        ("RUST_LOG", "x=loud"),
    ];
    let mut front = Program::start("frontend", &[], &wrong)?;
    assert_eq!(front.ended().await?.code(), Some(1));
    let said = front.lines().join("\n");
    for (variable, value) in wrong {
        assert!(
            said.contains(&format!("{variable}={value:?}: ")),
            "{variable} in:\n{said}"
        );
    }
    assert!(!said.contains("listening"), "{said}");
    Ok(())
}

/// Kubernetes shows it of a pod that does not start, in its status and as the end of its log.
async fn last_line(program: &'static str, variable: &str, value: &str) -> Result<String> {
    let mut program = Program::start(program, &[], &[(variable, value)])?;
    assert!(!program.ended().await?.success(), "{variable}={value}");
    let mut lines = program.lines();
    Ok(lines.pop().unwrap())
}

#[tokio::test]
async fn the_last_line_of_a_service_names_the_variable_the_value_and_what_is_accepted() -> Result<()>
{
    for (program, variable, value, accepted) in [
        (
            "frontend",
            "BACKEND_URL",
            "ftp://back",
            "write http://host:port",
        ),
        (
            "frontend",
            "XRAY_CONSOLE_URL",
            "localhost",
            "write http://localhost:2000",
        ),
        (
            "frontend",
            "AWS_XRAY_DAEMON_ADDRESS",
            "aws-xray.xray",
            "write host:port",
        ),
        ("frontend", "POD_NAME", "a,b", "letters, digits, dashes"),
        (
            "backend",
            "AWS_XRAY_DAEMON_ADDRESS",
            "aws-xray.xray",
            "write host:port",
        ),
        (
            "backend",
            "LISTEN_ADDRESS",
            "8080",
            "write an IP address and a port",
        ),
        (
            "backend",
            "PROBES_ADDRESS",
            "9090",
            "write an IP address and a port",
        ),
        ("backend", "FAULTS", "perhaps", "write true or false"),
        (
            "backend",
            "OTEL_TRACES_EXPORTER",
            "zipkin",
            "write xray, otlp or none",
        ),
    ] {
        let said = last_line(program, variable, value).await?;
        let named = format!("error: {variable}={value:?}: ");
        assert!(
            said.starts_with(&named) && said.contains(accepted),
            "{said}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_last_line_of_the_console_does_so_too() -> Result<()> {
    for (variable, value, accepted) in [
        ("XRAY_CONSOLE_LISTEN", "2000", "write ADDRESS:PORT"),
        ("XRAY_CONSOLE_OTLP", "collector", "write ADDRESS:PORT"),
        ("XRAY_CONSOLE_FORWARD", "nowhere", "write HOST:PORT"),
        ("XRAY_CONSOLE_MAX_TRACES", "0", "at least 1"),
        ("XRAY_CONSOLE_MAX_BYTES", "64Mi", "a whole number"),
        ("XRAY_CONSOLE_STRICT", "yes", "possible values: true, false"),
        ("XRAY_CONSOLE_LOGS", "/", "write the name of a file"),
        (
            "XRAY_CONSOLE_ALLOW_HOST",
            "http://a/",
            "write a host name alone",
        ),
        ("RUST_LOG", "x=loud", "write a level"),
    ] {
        let said = last_line("console", variable, value).await?;
        for part in [variable, value, accepted] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_built_into_the_otlp_exporter_stops_the_start() -> Result<()> {
    let wrong = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://agent:4318"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ];
    let otlp = ("OTEL_TRACES_EXPORTER", "otlp");
    let variables: Vec<_> = wrong.into_iter().chain([otlp]).collect();
    let mut back = Program::start("backend", &[], &variables)?;
    assert_eq!(back.ended().await?.code(), Some(1));
    let said = back.lines().join("\n");
    for (variable, value) in wrong {
        assert!(
            said.contains(&format!("{variable}={value:?}: ")),
            "{variable} in:\n{said}"
        );
    }
    assert!(said.contains("TLS is not supported"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_variable_that_changes_it() -> Result<()> {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = taken.local_addr()?.to_string();
    let mut back = Program::start("backend", &["--listen", &address], &[])?;
    assert_eq!(back.ended().await?.code(), Some(1));
    let said = back.lines().join("\n");
    assert!(
        said.contains(&address) && said.contains("LISTEN_ADDRESS"),
        "{said}"
    );

    let mut console = Program::start("console", &["--listen", &address], &[])?;
    assert!(!console.ended().await?.success());
    let said = console.lines().join("\n");
    assert!(
        said.contains(&address) && said.contains("--listen"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn an_empty_value_counts_as_absent() -> Result<()> {
    let console = Console::start().await?;
    let daemon = console.address.to_string();
    let empty = [
        ("AWS_XRAY_DAEMON_ADDRESS", daemon.as_str()),
        ("AWS_XRAY_TRACING_NAME", ""),
        ("POD_NAME", ""),
        ("RUST_LOG", ""),
    ];
    let mut back = Program::start("backend", &["--listen", "127.0.0.1:0"], &empty)?;
    back.line(|line| line.contains("listening").then_some(()))
        .await?;
    assert!(back.terminate().await?.success());
    Ok(())
}

/// Whoever reads logs sees it, so it has no place there. Every level is on, so that no line is left out.
#[tokio::test]
async fn a_collectors_password_is_in_no_line_of_the_log() -> Result<()> {
    for protocol in ["http/protobuf", "grpc"] {
        let (mut back, address) = start_service(
            "backend",
            &[
                ("LISTEN_ADDRESS", "127.0.0.1:0"),
                ("OTEL_TRACES_SAMPLER", "always_on"),
                ("OTEL_TRACES_EXPORTER", "otlp"),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                (
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://app:hunter2@127.0.0.1:1",
                ),
                ("RUST_LOG", "trace"),
            ],
        )
        .await?;
        reqwest::get(format!("http://{address}/")).await?;
        let find = |line: &str| {
            line.contains("nothing listens at the collector's address")
                .then(|| line.to_owned())
        };
        let line = back.line(find).await?;
        // It is said before the first spans are lost.
        assert!(
            line.contains("127.0.0.1:1") && line.contains("\"lost\":0"),
            "{protocol}: {line}"
        );
        assert!(back.terminate().await?.success());
        let lines = back.lines().join("\n");
        // `app:hunter2` in base64, as the header of the request has it.
        assert!(!lines.contains("hunter2"), "{protocol}: {lines}");
        assert!(!lines.contains("YXBwOmh1bnRlcjI"), "{protocol}: {lines}");
    }
    Ok(())
}
