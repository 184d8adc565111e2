//! The subcommands that ask a console: `traces`, `map`, `watch` and `expect`.

use std::{
    fs,
    process::{Command, Output},
};

use crate::support::Console;

/// A call of a bank that fails for every fourth trace.
fn traces(console: &Console) {
    let start = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
        - 1;
    let documents = (0..8).map(|number| {
        let fault = number % 4 == 0;
        let status = if fault { 500 } else { 200 };
        format!(
            r#"{{"trace_id":"1-{start:08x}-{:024x}","id":"0000000000000001","name":"shop","start_time":{start},"end_time":{start}.5,
              "fault":{fault},"http":{{"request":{{"method":"GET","url":"http://shop/cart"}},"response":{{"status":{status}}}}},
              "subsegments":[{{"id":"0000000000000002","name":"bank","namespace":"remote","start_time":{start}.1,"end_time":{start}.2}}]}}"#,
            number + 1
        )
    });
    console.take(&documents.collect::<Vec<_>>());
}

fn run(console: &Console, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_console"))
        .args(arguments)
        .args(["--console", &format!("http://{}", console.address)])
        .env_clear()
        .output()
        .unwrap();
    let [said, error] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    (status.code().unwrap(), said, error)
}

#[test]
fn traces_and_the_map_are_shown_as_text() {
    let console = Console::start();
    let (code, said, error) = run(&console, &["traces"]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(error, "no traces in the last 600s\n");
    assert_eq!(run(&console, &["map"]).1, "no traces\n");
    traces(&console);
    let (code, said, _) = run(&console, &["traces", "--width", "140"]);
    assert_eq!((code, said.lines().count()), (0, 8), "{said}");
    assert!(
        said.contains("  500  1-") && said.contains("shop  GET http://shop/cart"),
        "{said}"
    );
    let (_, said, _) = run(&console, &["traces", "fault = true", "--most", "1"]);
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("fault") && said.contains("--most"), "{said}");
    let (code, _, error) = run(&console, &["traces", "fault ="]);
    assert_eq!(code, 1);
    assert!(error.contains("400"), "{error}");

    let (code, said, _) = run(&console, &["map"]);
    assert_eq!(code, 0);
    for line in [
        "shop  8 × 500.0 ms  25.0% fault",
        "  → bank (remote)  8 × 100.0 ms",
    ] {
        assert!(said.contains(line), "{line} is not in:\n{said}");
    }
    let (_, said, _) = run(&console, &["map", "service(\"nobody\")"]);
    assert_eq!(said, "no traces\n");
}

#[test]
fn a_watch_says_by_its_code_whether_too_much_went_wrong() {
    let console = Console::start();
    traces(&console);
    for (arguments, code, part) in [
        (
            &["service(\"shop\")", "--fault-above", "30%"][..],
            0,
            "✔ fault: 2 of 8 traces, 25.0%",
        ),
        (
            &["service(\"shop\")", "--fault-above", "5%"],
            1,
            "console trace 1-",
        ),
        (&["service(\"nobody\")"], 2, "0 traces"),
        (&["service("], 1, ""),
    ] {
        let now = ["watch", "--for", "0s", "--since", "1m"];
        let (ended, said, error) = run(&console, &[&now[..], arguments].concat());
        assert_eq!(ended, code, "{arguments:?}: {said}{error}");
        assert!(said.contains(part), "{part} is not in: {said}");
        assert_eq!(part.is_empty(), error.contains("400"), "{error}");
    }
}

#[test]
fn a_trace_has_the_shape_of_a_file_or_both_are_shown() {
    let console = Console::start();
    let file = std::env::temp_dir().join(format!("console-shape-{}", std::process::id()));
    let path = file.to_str().unwrap();
    let expect = |arguments: &[&str]| {
        let all = [&["expect", "--within", "0s"], arguments].concat();
        run(&console, &all)
    };
    assert!(expect(&["--print"]).1.contains("no trace was seen"));
    traces(&console);
    let (code, shape, _) = expect(&["--print", "--filter", "fault = false"]);
    assert_eq!((code, shape.as_str()), (0, "shop\n  bank (remote)\n"));
    fs::write(&file, &shape).unwrap();
    let (code, said, _) = expect(&[path]);
    assert_eq!(code, 0, "{said}");
    let (code, said, _) = expect(&[path, "--filter", "fault = true"]);
    assert_eq!(code, 1);
    for part in [
        "expected\n\nshop\n",
        "shop (fault)\n  bank (remote)\n",
        "1 older",
    ] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    fs::write(&file, "\n").unwrap();
    let (code, _, error) = expect(&[path]);
    assert_eq!(code, 1);
    assert!(
        error.contains("no shape") && error.contains("--print"),
        "{error}"
    );
    fs::remove_file(&file).unwrap();
    let (code, _, error) = expect(&[path]);
    assert_eq!(code, 1);
    assert!(error.contains("cannot be read"), "{error}");
}
