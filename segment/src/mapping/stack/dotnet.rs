//! `   at Shop.Cart.Add(Item item) in /src/Cart.cs:line 21`; without debug information only the method.

use super::{Thrown, line_number};

pub(super) fn parse(trace: &str) -> Thrown {
    let mut thrown = Thrown::default();
    for line in trace.lines().skip(1) {
        let Some(frame) = line.trim().strip_prefix("at ") else {
            continue;
        };
        match frame.split_once(" in ") {
            Some((label, place)) => {
                let place = place.split(" in ").next().unwrap_or(place);
                let (path, number) = place.rsplit_once(':').map_or((place, 0), |(path, line)| {
                    let line = line.strip_prefix("line").unwrap_or(line);
                    (path, line_number(line))
                });
                thrown.push(path, number, label);
            }
            None => {
                if let Some(end) = frame.rfind(')') {
                    thrown.push("", 0, &frame[..=end]);
                }
            }
        }
    }
    thrown
}

#[cfg(test)]
mod tests {
    use crate::mapping::stack::check;

    #[test]
    fn frames_are_read_with_and_without_a_file() {
        let trace = "System.DivideByZeroException: Attempted to divide by zero.\n   \
            at Shop.Cart.Add(Item item) in C:\\src\\Cart.cs:line 21\n   \
            at Shop.Main()\n   \
            at broken\n\
            --- End of stack trace ---\n";
        check(
            "dotnet",
            trace,
            &[
                ("C:\\src\\Cart.cs", 21, "Shop.Cart.Add(Item item)"),
                ("", 0, "Shop.Main()"),
            ],
        );
    }
}
