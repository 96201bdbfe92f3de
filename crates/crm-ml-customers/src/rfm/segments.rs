//! Named segments of a customer's scores.

use std::path::Path;

use crm_ml_core::{Check, Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::scores::SCORES;

/// What stands on the second axis of the [`SegmentMap`], beside recency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SegmentAxis {
    /// The frequency score.
    #[default]
    Frequency,
    /// The mean of frequency and monetary score, half rounded up.
    FrequencyMonetary,
}

/// Which named segment each pair of scores belongs to: a table to keep as it is, or to edit.
///
/// ```
/// use crm_ml_customers::SegmentMap;
///
/// let usual = SegmentMap::usual();
/// assert_eq!(usual.segment(5, 5), "Champions");
/// assert_eq!(usual.segment(1, 5), "Cannot Lose Them");
/// assert_eq!(SegmentMap::from_json(&usual.to_json())?, usual);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SegmentMap {
    axis: SegmentAxis,
    cells: Vec<SegmentCells>,
    /// Which of `cells` a pair of scores is in, recency first.
    lookup: [[usize; SCORES]; SCORES],
}

/// A rectangle of scores and the name of its segment; rectangles of one name are one segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentCells {
    /// Name of the segment.
    pub segment: String,
    /// Lowest and highest recency score.
    pub recency: [u8; 2],
    /// Lowest and highest score on the other axis.
    pub frequency: [u8; 2],
}

impl SegmentCells {
    /// A rectangle of scores.
    pub fn new(segment: impl Into<String>, recency: [u8; 2], frequency: [u8; 2]) -> Self {
        Self { segment: segment.into(), recency, frequency }
    }
}

/// The map as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    axis: SegmentAxis,
    cells: Vec<SegmentCells>,
}

impl SegmentMap {
    /// The eleven usual segments, on recency and frequency.
    pub fn usual() -> Self {
        const USUAL: [(&str, [u8; 2], [u8; 2]); 12] = [
            ("Champions", [5, 5], [4, 5]),
            ("Loyal", [3, 4], [4, 5]),
            ("Potential Loyalist", [4, 5], [2, 3]),
            ("New", [5, 5], [1, 1]),
            ("Promising", [4, 4], [1, 1]),
            ("Needs Attention", [3, 3], [3, 3]),
            ("About To Sleep", [3, 3], [1, 2]),
            ("Cannot Lose Them", [1, 2], [5, 5]),
            ("At Risk", [1, 2], [3, 4]),
            ("Hibernating", [2, 2], [1, 2]),
            ("Hibernating", [1, 1], [2, 2]),
            ("Lost", [1, 1], [1, 1]),
        ];
        let cells: Vec<SegmentCells> =
            USUAL.iter().map(|(name, r, f)| SegmentCells::new(*name, *r, *f)).collect();
        let lookup = place(&cells);
        Self { axis: SegmentAxis::default(), cells, lookup }
    }

    /// A map of your own. Errors: a pair of scores in no rectangle or in two, a score beyond 1 to 5, an empty name.
    pub fn new(axis: SegmentAxis, cells: Vec<SegmentCells>) -> Result<Self> {
        let lookup = checked(&cells)?;
        Ok(Self { axis, cells, lookup })
    }

    /// The same map on another axis.
    #[must_use]
    pub fn axis(mut self, axis: SegmentAxis) -> Self {
        self.axis = axis;
        self
    }

    /// The name for a recency score and one of the other axis; scores beyond 1 to 5 are taken as the nearest.
    pub fn segment(&self, recency: u8, frequency: u8) -> &str {
        let place = |score: u8| usize::from(score.clamp(1, SCORES as u8) - 1);
        &self.cells[self.lookup[place(recency)][place(frequency)]].segment
    }

    /// The names, each once, in the order of the map.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for cells in &self.cells {
            if !names.contains(&cells.segment.as_str()) {
                names.push(&cells.segment);
            }
        }
        names
    }

    /// Reads a map. Errors: no valid JSON of this form, those of [`SegmentMap::new`].
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|e| {
            ErrorKind::Input {
                source_name: "segment map".to_owned(),
                line: Some(e.line() as u64),
                column: None,
                value: None,
                message: e.to_string(),
            }
            .into()
        })
    }

    /// Reads a map's file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_json(&std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))?)
    }

    /// The map as text to edit.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The segment of a customer's scores.
    pub(super) fn of(&self, [recency, frequency, monetary]: [u8; 3]) -> &str {
        let other = match self.axis {
            SegmentAxis::Frequency => frequency,
            SegmentAxis::FrequencyMonetary => (frequency + monetary).div_ceil(2),
        };
        self.segment(recency, other)
    }
}

impl Default for SegmentMap {
    fn default() -> Self {
        Self::usual()
    }
}

impl TryFrom<Written> for SegmentMap {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        Self::new(written.axis, written.cells)
    }
}

impl From<SegmentMap> for Written {
    fn from(map: SegmentMap) -> Self {
        Self { axis: map.axis, cells: map.cells }
    }
}

fn holds(range: [u8; 2], score: usize) -> bool {
    (usize::from(range[0])..=usize::from(range[1])).contains(&score)
}

fn matching(cells: &[SegmentCells], recency: usize, frequency: usize) -> impl Iterator<Item = usize> {
    cells
        .iter()
        .enumerate()
        .filter(move |(_, c)| holds(c.recency, recency) && holds(c.frequency, frequency))
        .map(|(place, _)| place)
}

/// The rectangle of every pair, the first that holds it.
fn place(cells: &[SegmentCells]) -> [[usize; SCORES]; SCORES] {
    std::array::from_fn(|r| std::array::from_fn(|f| matching(cells, r + 1, f + 1).next().unwrap_or(0)))
}

fn checked(cells: &[SegmentCells]) -> Result<[[usize; SCORES]; SCORES]> {
    let mut check = Check::of("SegmentMap");
    for (number, c) in cells.iter().enumerate() {
        let ordered = |range: [u8; 2]| 1 <= range[0] && range[0] <= range[1] && range[1] <= SCORES as u8;
        check = check
            .rule(
                "segment",
                format!("'{}' (number {number})", c.segment),
                !c.segment.trim().is_empty(),
                "a name",
            )
            .rule(
                "recency",
                format!("{:?} of '{}'", c.recency, c.segment),
                ordered(c.recency),
                "two scores of 1 to 5",
            )
            .rule(
                "frequency",
                format!("{:?} of '{}'", c.frequency, c.segment),
                ordered(c.frequency),
                "two scores of 1 to 5",
            );
    }
    for recency in 1..=SCORES {
        for frequency in 1..=SCORES {
            let found = matching(cells, recency, frequency).count();
            let parameter = format!("recency {recency}, frequency {frequency}");
            check = check.rule(&parameter, format!("in {found} segments"), found == 1, "in exactly one");
        }
    }
    check.finish()?;
    Ok(place(cells))
}
