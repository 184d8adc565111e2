//! The traces in the order in which they arrived, found by their ids.
//!
//! A table of the traces themselves would be mostly empty: where old ones are removed all the time it has room for two to four
//! times as many as it holds. So the table has places alone, and the traces are in a queue that grows by a quarter.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use segment::{Time, TraceId};

use super::held::Held;

#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// The oldest first.
    held: VecDeque<Held>,
    /// Which one each is of all that ever arrived.
    numbers: HashMap<TraceId, usize>,
    /// How many are gone.
    gone: usize,
}

impl Arrivals {
    /// What a trace takes besides its documents and its summary: a quarter more than its place in the queue, up to 32/7 times its
    /// entry in the table, and its entry in a list of those whose summary is out of date, half of which may be empty.
    pub(super) const BYTES: usize = size_of::<Held>() / 4 * 5
        + (size_of::<(TraceId, usize)>() + 1) * 32 / 7
        + 2 * size_of::<TraceId>();

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn get(&self, id: TraceId) -> Option<&Held> {
        self.held.get(self.numbers.get(&id)? - self.gone)
    }

    pub(super) fn get_mut(&mut self, id: TraceId) -> Option<&mut Held> {
        self.held.get_mut(self.numbers.get(&id)? - self.gone)
    }

    /// Finds a trace, or adds it as the newest; and says whether it is new.
    pub(super) fn get_or_add(&mut self, id: TraceId, now: Time) -> (&mut Held, bool) {
        let (place, is_new) = match self.numbers.entry(id) {
            Entry::Occupied(number) => (*number.get() - self.gone, false),
            Entry::Vacant(number) => {
                number.insert(self.gone + self.held.len());
                if self.held.len() == self.held.capacity() {
                    self.held.reserve_exact(self.held.len() / 4 + 1);
                }
                self.held.push_back(Held::new(id, now));
                (self.held.len() - 1, true)
            }
        };
        (&mut self.held[place], is_new)
    }

    /// Removes the oldest, and room of which most is empty.
    pub(super) fn pop_oldest(&mut self) -> Option<Held> {
        let oldest = self.held.pop_front()?;
        self.numbers.remove(&oldest.id);
        self.gone += 1;
        let few = self.held.len() * 2;
        if self.held.capacity() > 2 * few + 64 {
            self.held.shrink_to(few);
        }
        if self.numbers.capacity() > 4 * few + 64 {
            self.numbers.shrink_to(few);
        }
        Some(oldest)
    }

    pub(super) fn oldest(&self) -> Option<&Held> {
        self.held.front()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Held> {
        self.held.iter()
    }
}
