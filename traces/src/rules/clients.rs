//! The clients of a rule, and the share of its reservoir that each has.
//!
//! A share is assigned for 30 s. A new client gets what the others leave; when those ask again, their shares shrink
//! to the fair share. They shrink step by step, because a share that one client gives up is unused until another one
//! asks. The shares never exceed the reservoir, and are not much less while clients join.

use std::{collections::BTreeMap, time::Duration};

use segment::Time;

use super::statistics::KEPT;

/// How long a share is valid. Three times as long as the interval at which clients ask, so that one lost answer does
/// no harm; a client that ends keeps its share for as long.
pub const QUOTA_TTL: Duration = Duration::from_secs(30);
/// Most clients of one rule that are stored.
pub const MAX_CLIENTS: usize = 1_000;

/// Which part of a reservoir may be unused while shares move between clients: a fifth, rounded up.
const IDLE: u32 = 5;

/// A client's quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests a second.
    pub share: u32,
    /// Whether it is the fair share; if not, it will be once the others have asked.
    pub is_fair: bool,
}

/// The clients of one rule, by id.
#[derive(Debug, Clone, Default)]
pub struct Clients(BTreeMap<String, Client>);

/// One client of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// When it last asked.
    pub last_asked: Time,
    share: u32,
}

impl Clients {
    /// Assigns a client its share of a reservoir, in requests a second; `None` if there are too many clients.
    ///
    /// All clients that have asked within [`QUOTA_TTL`] get the same. A remainder goes to the first ones by id, so
    /// that the result does not depend on the order of requests.
    pub fn assign(&mut self, id: &str, reservoir: u32, now: Time) -> Option<Quota> {
        self.0.retain(|_, client| !client.is_forgotten(now));
        if self.0.len() >= MAX_CLIENTS && !self.0.contains_key(id) {
            return None;
        }
        let others = self.0.iter().filter(|(other, _)| *other != id);
        let (mut count, mut rank, mut lent) = (1, 0, 0_u32);
        for (other, client) in others.filter(|(_, client)| client.is_active(now)) {
            count += 1;
            rank += u32::from(other.as_str() < id);
            lent = lent.saturating_add(client.share);
        }
        let fair = reservoir / count + u32::from(rank < reservoir % count);
        let free = reservoir.saturating_sub(lent);
        let held = self.0.get(id).map_or(0, |client| client.share(now));
        // This much must stay assigned; shares shrink to the fair share only as far as that allows.
        let needed = free.saturating_sub(reservoir.div_ceil(IDLE));
        let share = fair.max(held.min(needed)).min(free);
        let client = Client {
            last_asked: now,
            share,
        };
        self.0.insert(id.to_owned(), client);
        Some(Quota {
            share,
            is_fair: share == fair,
        })
    }

    /// Returns the clients that asked in the last ten minutes, the latest first.
    pub fn recent(&self, now: Time) -> Vec<(&str, Client)> {
        let recent = self
            .0
            .iter()
            .filter(|(_, client)| !client.is_forgotten(now));
        let mut recent: Vec<_> = recent.map(|(id, client)| (id.as_str(), *client)).collect();
        recent.sort_by_key(|(_, client)| std::cmp::Reverse(client.last_asked));
        recent
    }
}

impl Client {
    /// Returns its share of the reservoir, in requests a second; 0 once it has expired.
    pub fn share(self, now: Time) -> u32 {
        if self.is_active(now) { self.share } else { 0 }
    }

    fn is_active(self, now: Time) -> bool {
        now.since(self.last_asked) < QUOTA_TTL
    }

    fn is_forgotten(self, now: Time) -> bool {
        now.since(self.last_asked) >= Duration::from_secs(KEPT)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: u64) -> Time {
        Time::from_nanos(second * 1_000_000_000)
    }

    fn lend(clients: &mut Clients, id: &str, reservoir: u32, second: u64) -> u32 {
        clients.assign(id, reservoir, at(second)).unwrap().share
    }

    #[test]
    fn newcomers_get_their_share_as_the_others_ask_again() {
        let mut clients = Clients::default();
        let shares: Vec<_> = (0..15)
            .map(|turn| {
                let id = ["a", "b", "c"][turn % 3];
                lend(&mut clients, id, 5, 100 + turn as u64 * 3)
            })
            .collect();
        let rounds = [[5, 0, 0], [4, 1, 0], [3, 2, 0], [2, 2, 1], [2, 2, 1]];
        assert_eq!(shares, rounds.concat());
    }

    #[test]
    fn who_stops_asking_loses_its_share_and_is_forgotten_later() {
        let mut clients = Clients::default();
        for second in (80..110).step_by(10) {
            lend(&mut clients, "a", 4, second);
            lend(&mut clients, "b", 4, second + 5);
        }
        assert_eq!(lend(&mut clients, "a", 4, 110), 2);
        assert_eq!(lend(&mut clients, "b", 4, 115), 2);
        assert_eq!(lend(&mut clients, "b", 4, 139), 2);
        assert_eq!(lend(&mut clients, "b", 4, 140), 4);
        let recent: Vec<_> = clients
            .recent(at(140))
            .into_iter()
            .map(|(id, client)| (id, client.last_asked, client.share(at(140))))
            .collect();
        assert_eq!(recent, [("b", at(140), 4), ("a", at(110), 0)]);
        assert_eq!(clients.recent(at(710)).len(), 1);
        assert_eq!(clients.recent(at(740)).len(), 0);
    }

    #[test]
    fn a_reservoir_smaller_than_the_crowd_goes_to_the_first_ones() {
        let mut clients = Clients::default();
        let mut round = |second| {
            let shares = ["c", "b", "a"].map(|id| lend(&mut clients, id, 2, second));
            shares.iter().sum::<u32>()
        };
        assert_eq!([round(1), round(2), round(3)], [2, 2, 2]);
        assert_eq!(lend(&mut clients, "a", 0, 4), 0);
    }

    #[test]
    fn only_so_many_clients_are_known_at_a_time() {
        let mut clients = Clients::default();
        for number in 0..MAX_CLIENTS {
            assert!(clients.assign(&number.to_string(), 9, at(1)).is_some());
        }
        assert_eq!(clients.assign("one more", 9, at(2)), None);
        assert!(clients.assign("7", 9, at(2)).is_some());
        assert!(clients.assign("one more", 9, at(1 + KEPT)).is_some());
    }

    proptest! {
        #[test]
        fn never_is_more_lent_than_the_reservoir_holds_nor_much_less_and_in_the_end_all_of_it_fairly(
            reservoir in 0..100_u32,
            asks in proptest::collection::vec((0..8_usize, 0..40_u64), 1..100),
        ) {
            let mut clients = Clients::default();
            let ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let mut second = 1_000;
            let lent = |clients: &Clients, now| {
                clients.0.values().map(|client| client.share(at(now))).sum::<u32>()
            };
            for (client, pause) in asks {
                second += pause / 3;
                let before = lent(&clients, second);
                lend(&mut clients, ids[client], reservoir, second);
                let after = lent(&clients, second);
                prop_assert!(after <= reservoir);
                prop_assert!(after >= before.min(reservoir - reservoir.div_ceil(5)), "{before} -> {after}");
            }
            // Rounds in which all clients ask, and none joins or leaves.
            let active: Vec<_> = ids.into_iter().filter(|id| clients.0.get(*id).is_some_and(|client| client.is_active(at(second)))).collect();
            let mut shares = Vec::new();
            for _ in 0..6 {
                shares = active.iter().map(|id| lend(&mut clients, id, reservoir, second)).collect();
            }
            prop_assert_eq!(shares.iter().sum::<u32>(), reservoir);
            prop_assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1);
        }
    }
}
