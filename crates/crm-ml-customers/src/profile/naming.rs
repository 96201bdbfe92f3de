//! Short names that tell segments apart.

use std::collections::{BTreeMap, BTreeSet};

use crm_ml_core::NOISE;

use super::model::{SegmentProfile, Standing};
use crate::Vocabulary;

/// What a segment without a notable field is called.
const PLAIN: &str = "Typical";
const UNASSIGNED: &str = "Unassigned";

/// Names every segment by its `most` strongest notable fields; those that would have the same name get further fields, then numbers.
pub(super) fn name(segments: &mut [SegmentProfile], vocabulary: &Vocabulary, most: usize, least: f64) {
    let traits: Vec<Vec<String>> = segments.iter().map(|s| traits(s, vocabulary, least)).collect();
    let mut used: Vec<usize> = traits.iter().map(|t| t.len().min(most)).collect();
    let mut sets = words(&traits, &used);
    loop {
        let shared = |i: usize| sets.iter().filter(|set| **set == sets[i]).count() > 1;
        let longer: Vec<usize> =
            (0..used.len()).filter(|&i| used[i] < traits[i].len() && shared(i)).collect();
        if longer.is_empty() {
            break;
        }
        longer.iter().for_each(|&i| used[i] += 1);
        sets = words(&traits, &used);
    }
    // Those that share their words have the name of the first of them, and a number.
    let first = |i: usize| sets.iter().position(|set| *set == sets[i]).unwrap_or(i);
    let phrase = |i: usize| phrase(segments[i].label, &traits[first(i)][..used[first(i)]]);
    let mut names: Vec<String> = (0..segments.len()).map(phrase).collect();
    number(&mut names);
    segments.iter_mut().zip(names).for_each(|(segment, name)| segment.name = name);
}

/// The words that each name holds: in another order they do not tell two apart.
fn words(traits: &[Vec<String>], used: &[usize]) -> Vec<BTreeSet<String>> {
    traits.iter().zip(used).map(|(t, n)| t[..*n].iter().cloned().collect()).collect()
}

/// The notable fields in words, the strongest first, minor ones last.
fn traits(segment: &SegmentProfile, vocabulary: &Vocabulary, least: f64) -> Vec<String> {
    let numbers = segment.numbers.iter().filter(|n| n.standing != Standing::Middle).map(|n| {
        let words = match (n.date, n.standing.is_high()) {
            (true, true) => format!("late {}", n.field),
            (true, false) => format!("early {}", n.field),
            (false, high) => vocabulary.side(&n.field, high),
        };
        (vocabulary.is_minor(&n.field), n.effect.abs(), words)
    });
    let levels = segment.levels.iter().filter(|l| l.share - l.rest_share >= least).map(|l| {
        let words = format!("{} {}", l.field, shorten(&l.level));
        (vocabulary.is_minor(&l.field), l.share - l.rest_share, words)
    });
    let mut found: Vec<(bool, f64, String)> = numbers.chain(levels).collect();
    // Stable: of equal ones the field that comes first.
    found.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    found.into_iter().map(|(_, _, words)| words).collect()
}

fn phrase(label: i32, traits: &[String]) -> String {
    let words = if traits.is_empty() { PLAIN.to_owned() } else { traits.join(", ") };
    if label == NOISE {
        return UNASSIGNED.to_owned();
    }
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Numbers equal names from the second on.
fn number(names: &mut [String]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for place in 0..names.len() {
        let wanted = names[place].clone();
        let mut times = seen.get(&wanted).copied().unwrap_or(0) + 1;
        if times > 1 {
            let mut candidate = format!("{wanted} ({times})");
            while names.contains(&candidate) {
                times += 1;
                candidate = format!("{wanted} ({times})");
            }
            names[place] = candidate;
        }
        seen.insert(wanted, times);
    }
}

fn shorten(level: &str) -> String {
    const MOST: usize = 30;
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    match level.char_indices().nth(MOST) {
        Some((end, _)) => level[..end].chars().map(plain).chain(['…']).collect(),
        None => level.chars().map(plain).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn equal_names_are_numbered_past_those_that_are_taken() {
        let mut names = ["A", "A (2)", "A", "A", "B"].map(str::to_owned);
        number(&mut names);
        assert_eq!(names, ["A", "A (2)", "A (3)", "A (4)", "B"]);
    }
}
