use super::*;

const ID: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";

fn look(columns: usize) -> Style {
    Style {
        columns,
        colours: false,
    }
}

/// Members of a document in short: what must be there, then `more`.
fn document(name: &str, id: u8, times: (f64, f64), more: &str) -> String {
    let (start, end) = times;
    format!(
        r#"{{"trace_id":"{ID}","name":"{name}","id":"00000000000000{id:02x}","start_time":{start},"end_time":{end}{more}}}"#
    )
}

fn compile(documents: &[String]) -> Trace<'static> {
    let documents = documents.iter().map(|text| Document::decode(text).unwrap());
    Trace::compile(ID.parse().unwrap(), documents)
}

/// Front end, back end (throttled, with a failed and an unfinished subsegment), a table, and a lost caller.
fn everything() -> Trace<'static> {
    let call = r#","subsegments":[
        {"name":"back:80","id":"00000000000000b1","start_time":1000.01,"end_time":1000.08,"namespace":"remote"},
        {"name":"table","id":"00000000000000b2","start_time":1000.08,"end_time":1000.09,"namespace":"aws",
         "aws":{"table_name":"numbers"}}],
        "origin":"AWS::EKS::Container",
        "http":{"request":{"method":"GET","url":"http://front/api"},"response":{"status":200}}"#;
    let work = r#","parent_id":"00000000000000b1","error":true,"throttle":true,"http":{"response":{"status":429}},
        "subsegments":[
        {"name":"numbers","id":"00000000000000c1","start_time":1000.02,"end_time":1000.04,"fault":true,
         "cause":{"exceptions":[{"id":"00000000000000e1","type":"Overflow","message":"too\u001b[31m many"}]}},
        {"name":"rest","id":"00000000000000c2","start_time":1000.04,"in_progress":true}]"#;
    compile(&[
        document("front", 0xa1, (1000.0, 1000.1), call),
        document("back", 0xa2, (1000.015, 1000.07), work),
        document(
            "lost",
            0xa3,
            (1000.05, 1000.06),
            r#","parent_id":"00000000000000ff","error":true"#,
        ),
    ])
}

#[test]
fn a_trace_is_drawn_as_on_the_page() {
    let expected = "\
1-5f84c7a1-e7d1852db8c4fd35d88bf49a
GET http://front/api · 200 · 100 ms · in progress · 1970-01-01 00:16:40.000 UTC

                                              0                50 ms      100 ms
front  AWS::EKS::Container
✓ front                      200      100 ms  ██████████████████████████████████
✓ ├ back:80                    –       70 ms     ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
✓ └ table                      –       10 ms                             ▒▒▒▒
back
‖ back                       429       55 ms       ███████████████████
✕ ├ numbers                    –       20 ms         ▓▓▓▓▓▓▓
    Overflow: too[31m many
✓ └ rest                       – in progress                ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓›
table  AWS::table
✓ table                        –       10 ms                             ░░░░
missing parent: the caller's part has not arrived
! lost                         –       10 ms                   ███

! error   ‖ throttle   ✕ fault   › in progress   ░ inferred from its caller
";
    assert_eq!(draw(&everything(), look(80)), expected);
}

#[test]
fn a_narrow_terminal_shows_names_and_durations() {
    let expected = "\
1-5f84c7a1-e7d1852d…
GET http://front/ap…


front  AWS::EKS::Co…
✓ front       100 ms
✓ ├ back:80    70 ms
✓ └ table      10 ms
back
‖ back         55 ms
✕ ├ numbers    20 ms
    Overflow: too[3…
✓ └ rest           …
table  AWS::table
✓ table        10 ms
missing parent: the…
! lost         10 ms

! error   ‖ throttl…
";
    assert_eq!(draw(&everything(), look(20)), expected);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let deep = (0..55).fold(String::new(), |inner, level| {
        format!(
            r#","subsegments":[{{"name":"数字 {level} and a long name","id":"0000000000001{level:03}","start_time":1000.0,"end_time":1000.1{inner}}}]"#
        )
    });
    let long = format!("{}{deep}", r#","origin":"AWS::Something::VeryLongIndeed""#);
    let deep = compile(&[document(&"name ".repeat(30), 0xa1, (1000.0, 1e6), &long)]);
    for columns in 20..140 {
        for trace in [&everything(), &deep] {
            for line in draw(trace, look(columns)).lines() {
                assert!(width(line) <= columns, "{columns}: {} {line}", width(line));
            }
        }
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = Style {
        colours: true,
        ..look(80)
    };
    let drawn = draw(&everything(), coloured);
    for sign in ["\u{1b}[32m✓", "\u{1b}[33m!", "\u{1b}[35m‖", "\u{1b}[31m✕"] {
        assert!(drawn.contains(sign), "{sign:?} is not in {drawn}");
    }
    let mut plain = drawn;
    for code in [0, 1, 2, 31, 32, 33, 34, 35, 36] {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(plain, draw(&everything(), look(80)));
}

#[test]
fn nothing_from_outside_controls_the_terminal() {
    let evil = r"\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eevil\r\n";
    let more = format!(
        r#","fault":true,"origin":"{evil}","user":"{evil}","http":{{"request":{{"method":"{evil}","url":"{evil}"}}}},
           "cause":{{"exceptions":[{{"id":"00000000000000e1","type":"{evil}","message":"{evil}"}}]}}"#
    );
    let drawn = draw(
        &compile(&[document(evil, 0xa1, (1.0, 2.0), &more)]),
        look(100),
    );
    assert!(drawn.matches("evil").count() >= 4, "{drawn}");
    let is_safe = |letter: char| letter == '\n' || !letter.is_control() && letter != '\u{202e}';
    assert!(drawn.chars().all(is_safe), "{drawn:?}");
    assert_eq!(drawn.lines().count(), 9, "{drawn}");
}
