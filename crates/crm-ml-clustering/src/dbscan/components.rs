//! Connected components that many threads join at once.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A union-find forest (Anderson and Woll 1991, without ranks): the larger root is hung below the smaller.
///
/// Which components there are at the end depends on the pairs united alone, not on their order.
#[derive(Debug)]
pub(super) struct Components {
    parents: Vec<AtomicU32>,
}

impl Components {
    pub(super) fn new(count: usize) -> Self {
        Self { parents: (0..count as u32).map(AtomicU32::new).collect() }
    }

    /// The root of a unit, halving the path to it.
    #[inline]
    pub(super) fn find(&self, unit: u32) -> u32 {
        let mut unit = unit;
        loop {
            let parent = self.parents[unit as usize].load(Relaxed);
            if parent == unit {
                return unit;
            }
            let above = self.parents[parent as usize].load(Relaxed);
            if above == parent {
                return parent;
            }
            // Any ancestor is right, so a lost race does no harm.
            self.parents[unit as usize].store(above, Relaxed);
            unit = above;
        }
    }

    #[inline]
    pub(super) fn joined(&self, a: u32, b: u32) -> bool {
        self.find(a) == self.find(b)
    }

    pub(super) fn unite(&self, a: u32, b: u32) {
        let (mut a, mut b) = (self.find(a), self.find(b));
        while a != b {
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            if self.parents[high as usize].compare_exchange(high, low, Relaxed, Relaxed).is_ok() {
                return;
            }
            (a, b) = (self.find(low), self.find(high));
        }
    }
}
