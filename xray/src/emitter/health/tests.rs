use proptest::prelude::*;

use super::*;

/// What the daemon does during a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Daemon {
    tcp: Answer,
    udp: Udp,
    /// Closes every connection as soon as it was accepted.
    hangs_up: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Udp {
    Taken,
    Refused,
    /// Lost without a report.
    Swallowed,
}

const THERE: Daemon = Daemon {
    tcp: Answer::Accepted,
    udp: Udp::Taken,
    hangs_up: false,
};
const CLOSED: Daemon = Daemon {
    tcp: Answer::Refused,
    udp: Udp::Refused,
    hangs_up: false,
};
/// Gone, and the network drops what is sent to it.
const DROPPED: Daemon = Daemon {
    tcp: Answer::Silent,
    udp: Udp::Swallowed,
    hangs_up: false,
};
const WITHOUT_TCP: Daemon = Daemon {
    tcp: Answer::Refused,
    ..THERE
};
const BEHIND_A_FIREWALL: Daemon = Daemon {
    tcp: Answer::Silent,
    ..THERE
};

/// What happened, in milliseconds since the beginning.
#[derive(Debug, Default)]
struct Seen {
    connections: Vec<u64>,
    refused_canaries: Vec<u64>,
    /// Of each document: when it was made, and when it was taken.
    taken: Vec<(u64, u64)>,
    /// When documents were lost.
    lost: Vec<u64>,
}

/// Makes a document every `interval` ms and does with it what [`Health`] says. The daemon changes at the times that
/// stand before its states, and closes what it held; its last state ends with the run.
fn run(schedule: &[(u64, Daemon)], until: u64, interval: u64, urgent_after: u64) -> Seen {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let daemon = |ms: u64| schedule.iter().rfind(|(from, _)| *from <= ms).unwrap();
    let mut health = Health::new(start);
    let (mut seen, mut now, mut held_since) = (Seen::default(), 0, None);
    for made in (0..until).step_by(usize::try_from(interval).unwrap()) {
        now = now.max(made);
        loop {
            let (since, is) = daemon(now);
            if held_since.is_some_and(|at| at < *since || is.hangs_up) {
                held_since = None;
                health.closed(at(now));
            }
            match health.step(at(now), now > made + urgent_after) {
                Step::Wait(pause) => now += u64::try_from(pause.as_millis()).unwrap().max(1),
                Step::Connect => {
                    seen.connections.push(now);
                    held_since = (is.tcp == Answer::Accepted).then_some(now);
                    health.connected(is.tcp, at(now));
                }
                Step::Canary if is.udp == Udp::Refused => {
                    seen.refused_canaries.push(now);
                    health.canary(true, at(now));
                }
                step => {
                    if step == Step::Canary {
                        health.canary(false, at(now));
                    }
                    if is.udp == Udp::Taken {
                        seen.taken.push((made, now));
                    } else {
                        seen.lost.push(now);
                    }
                    if is.udp == Udp::Refused {
                        health.refused(at(now));
                    }
                    break;
                }
            }
            if now >= until {
                return seen;
            }
        }
    }
    seen
}

fn longest_wait(seen: &Seen) -> u64 {
    let waits = seen.taken.iter().map(|(made, taken)| taken - made);
    waits.max().unwrap_or_default()
}

#[test]
fn a_daemon_that_is_there_is_asked_once_a_second_and_nothing_waits() {
    let seen = run(&[(0, THERE)], 10_000, 10, u64::MAX / 2);
    assert_eq!((seen.taken.len(), seen.lost.len()), (1_000, 0));
    assert_eq!(seen.connections.len(), 10);
    assert_eq!(longest_wait(&seen), 0);
}

#[test]
fn one_that_traces_rarely_asks_before_each_document() {
    let seen = run(&[(0, THERE)], 100_000, 10_000, u64::MAX / 2);
    assert_eq!(seen.connections.len(), 10);
    let seen = run(
        &[(0, THERE), (5_000, DROPPED), (42_000, THERE)],
        100_000,
        10_000,
        u64::MAX / 2,
    );
    assert_eq!((seen.taken.len(), seen.lost.len()), (10, 0), "{seen:?}");
}

#[test]
fn nothing_is_lost_while_the_daemon_is_away_and_all_goes_out_when_it_is_back() {
    for away in [CLOSED, DROPPED] {
        let schedule = [(0, THERE), (5_005, away), (37_000, THERE)];
        let seen = run(&schedule, 60_000, 20, u64::MAX / 2);
        assert_eq!((seen.taken.len(), seen.lost.len()), (3_000, 0), "{away:?}");
        let first = seen.taken.iter().find(|(_, taken)| *taken > 5_005).unwrap();
        assert!((37_000..37_600).contains(&first.1), "{first:?}");
    }
}

#[test]
fn a_daemon_that_is_not_there_yet_is_waited_for() {
    let seen = run(&[(0, CLOSED), (20_000, THERE)], 30_000, 20, u64::MAX / 2);
    assert_eq!((seen.taken.len(), seen.lost.len()), (1_500, 0));
    assert!(seen.refused_canaries.len() <= 9, "{seen:?}");
}

#[test]
fn a_daemon_without_a_tcp_port_is_known_by_a_canary_that_is_not_refused() {
    let seen = run(&[(0, WITHOUT_TCP)], 10_000, 10, u64::MAX / 2);
    assert_eq!((seen.taken.len(), longest_wait(&seen)), (1_000, 0));
    assert_eq!(seen.connections.len(), 1, "{seen:?}");

    let away = [(0, WITHOUT_TCP), (3_000, CLOSED), (9_000, WITHOUT_TCP)];
    let seen = run(&away, 20_000, 10, u64::MAX / 2);
    assert_eq!(
        (seen.taken.len(), seen.lost.len()),
        (1_999, 1),
        "only the one that told"
    );
}

#[test]
fn where_nothing_is_heard_documents_wait_for_a_while_once_or_until_there_is_no_room() {
    let grace = u64::try_from(GRACE.as_millis()).unwrap();
    let seen = run(&[(0, BEHIND_A_FIREWALL)], 2 * grace, 100, u64::MAX / 2);
    assert_eq!(seen.lost.len(), 0);
    assert_eq!(longest_wait(&seen), grace);
    let later = seen.taken.iter().filter(|(made, _)| *made > grace);
    assert!(later.clone().count() > 100 && later.clone().all(|(made, taken)| made == taken));

    let seen = run(&[(0, BEHIND_A_FIREWALL)], 2 * grace, 100, 3_000);
    assert!((3_000..3_600).contains(&longest_wait(&seen)), "{seen:?}");
}

#[test]
fn what_is_sent_without_a_word_is_unconfirmed_until_there_is_one() {
    let start = Instant::now();
    let mut health = Health::new(start);
    assert_eq!(health.step(start, false), Step::Connect);
    health.connected(Answer::Silent, start);
    assert_eq!(health.step(start, false), Step::Wait(RETRY_AFTER));
    assert_eq!(health.step(start, true), Step::Send);
    assert!(health.is_unconfirmed());
    let later = start + CHECK_WITHOUT_TCP;
    assert_eq!(health.step(later, false), Step::Connect);
    health.connected(Answer::Silent, later);
    assert!(health.is_unconfirmed() && health.is_up());
    let later = later + CHECK_WITHOUT_TCP;
    health.connected(Answer::Accepted, later);
    assert!(!health.is_unconfirmed() && health.has_tcp());
}

#[test]
fn a_port_that_hangs_up_at_once_delays_a_few_documents_and_then_none() {
    let hangs_up = Daemon {
        hangs_up: true,
        ..THERE
    };
    let seen = run(&[(0, hangs_up)], 10_000, 10, u64::MAX / 2);
    assert_eq!((seen.taken.len(), seen.lost.len()), (1_000, 0));
    assert!(longest_wait(&seen) <= 500, "{seen:?}");
    assert!(
        seen.taken
            .iter()
            .all(|(made, at)| *made < 2_000 || made == at),
        "{seen:?}"
    );
}

#[test]
fn a_tcp_port_of_another_program_says_nothing_about_udp() {
    let proxy = Daemon {
        udp: Udp::Refused,
        ..THERE
    };
    let seen = run(&[(0, proxy), (10_000, THERE)], 20_000, 10, u64::MAX / 2);
    assert_eq!((seen.taken.len(), seen.lost.len()), (2_000, 0));
}

#[test]
fn the_end_does_not_wait_for_the_next_moment() {
    let start = Instant::now();
    let mut health = Health::new(start);
    health.connected(Answer::Accepted, start);
    health.canary(false, start);
    health.closed(start);
    assert_eq!(health.step(start, false), Step::Wait(RETRY_AFTER));
    health.allow_connect_now(start);
    assert_eq!(health.step(start, false), Step::Connect);
}

fn daemons() -> impl Strategy<Value = Daemon> {
    let answers = prop_oneof![
        Just(Answer::Accepted),
        Just(Answer::Refused),
        Just(Answer::Silent),
        Just(Answer::NoAddress)
    ];
    let udp = prop_oneof![Just(Udp::Taken), Just(Udp::Refused), Just(Udp::Swallowed)];
    (answers, udp, any::<bool>()).prop_map(|(tcp, udp, hangs_up)| Daemon { tcp, udp, hangs_up })
}

proptest! {
    /// Whatever the daemon does: no two connections within half a second, and reports of the network are asked for
    /// no faster than it gives them.
    #[test]
    fn connections_are_made_at_most_twice_a_second(
        stretches in prop::collection::vec((1_u64..4_000, daemons()), 1..12),
        interval in 1_u64..700,
    ) {
        let mut from = 0;
        let mut schedule = Vec::new();
        for (length, daemon) in stretches {
            schedule.push((from, daemon));
            from += length;
        }
        let seen = run(&schedule, from, interval, 5_000);
        for pair in seen.connections.windows(2) {
            prop_assert!(pair[1] - pair[0] >= 500, "{:?}", pair);
        }
        for pair in seen.refused_canaries.windows(2) {
            prop_assert!(pair[1] - pair[0] >= 500, "{:?}", pair);
        }
    }

    /// A daemon with a TCP port that comes and goes: what is made is taken in the end, but for what was sent in the
    /// moment in which it went.
    #[test]
    fn what_is_made_while_it_is_away_is_not_lost(
        stretches in prop::collection::vec((300_u64..4_000, prop_oneof![Just(CLOSED), Just(DROPPED)]), 1..8),
        interval in 1_u64..100,
    ) {
        let mut from = 0;
        let mut schedule = Vec::new();
        for (length, away) in stretches {
            schedule.extend([(from, THERE), (from + length, away)]);
            from += 2 * length;
        }
        schedule.push((from, THERE));
        let until = from + 10_000;
        let seen = run(&schedule, until, interval, u64::MAX / 2);
        prop_assert_eq!(seen.lost.len(), 0, "{:?}", seen.lost);
        prop_assert_eq!(seen.taken.len() as u64, until.div_ceil(interval));
    }
}
