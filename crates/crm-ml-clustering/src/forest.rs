//! Components that grow together.

/// A union-find forest for one thread.
#[derive(Debug)]
pub(crate) struct Forest {
    parents: Vec<u32>,
    sizes: Vec<u32>,
}

impl Forest {
    pub(crate) fn new(count: usize) -> Self {
        Self { parents: (0..count as u32).collect(), sizes: vec![1; count] }
    }

    /// The root of a unit, halving the path to it.
    pub(crate) fn find(&mut self, unit: u32) -> u32 {
        let mut unit = unit as usize;
        while self.parents[unit] as usize != unit {
            let above = self.parents[self.parents[unit] as usize];
            self.parents[unit] = above;
            unit = above as usize;
        }
        unit as u32
    }

    /// Units below a root.
    pub(crate) fn size(&self, root: u32) -> u32 {
        self.sizes[root as usize]
    }

    /// Whether two components were joined; not if they were one before.
    pub(crate) fn unite(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a) as usize, self.find(b) as usize);
        if a == b {
            return false;
        }
        let (large, small) = if self.sizes[a] >= self.sizes[b] { (a, b) } else { (b, a) };
        self.parents[small] = large as u32;
        self.sizes[large] += self.sizes[small];
        true
    }
}
