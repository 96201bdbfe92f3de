//! The profiles as text for people.

use std::fmt;

use super::model::{LevelProfile, NumberProfile, SegmentProfile, SegmentProfiles, Standing};
use crate::Moment;
use crate::moment::DAY;
use crate::vocabulary::number;

/// Values of categories told of a segment.
const LEVELS: usize = 6;
const WIDTH: usize = 100;

/// What a person reads: the segments at a glance, then each with what sets it apart and what to do, then the tree.
impl fmt::Display for SegmentProfiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.segments.iter().fold(0, |rows: usize, s| rows.saturating_add(s.rows));
        let (count, what) = (self.segments.len(), self.vocabulary.what());
        let plural = if count == 1 { "" } else { "s" };
        writeln!(formatter, "{count} segment{plural} of {} {what}", number(rows as f64))?;
        for segment in &self.segments {
            writeln!(formatter)?;
            self.segment(formatter, segment)?;
        }
        let Some(tree) = &self.tree else { return Ok(()) };
        writeln!(formatter)?;
        writeln!(
            formatter,
            "How to tell the segments: these questions place {} of the {} rightly ({} by naming the largest segment)",
            percent(tree.accuracy),
            self.vocabulary.what(),
            percent(tree.baseline)
        )?;
        write!(formatter, "{}", tree.rules)
    }
}

impl SegmentProfiles {
    fn segment(&self, formatter: &mut fmt::Formatter<'_>, segment: &SegmentProfile) -> fmt::Result {
        let label = if segment.label < 0 { String::new() } else { format!("{} ", segment.label) };
        writeln!(formatter, "{label}{}", segment.name)?;
        write!(
            formatter,
            "   {} {}, {}",
            number(segment.rows as f64),
            self.vocabulary.what(),
            percent(segment.share)
        )?;
        for n in &segment.numbers {
            if let (Some(share), Some(total)) = (n.total_share, self.vocabulary.total(&n.field)) {
                write!(formatter, "; {} of all {total}", percent(share))?;
            }
        }
        writeln!(formatter)?;
        let [here, rest] = [true, false]
            .map(|here| segment.numbers.iter().map(|n| self.middle(n, here)).collect::<Vec<_>>());
        let wide = |texts: &[String]| texts.iter().map(|t| t.chars().count()).max().unwrap_or(0);
        let names = segment.numbers.iter().map(|n| n.field.chars().count()).max().unwrap_or(0);
        let (left, right) = (wide(&here), wide(&rest));
        for (n, (here, rest)) in segment.numbers.iter().zip(here.iter().zip(&rest)) {
            let beside =
                n.rest_median.map_or(String::new(), |_| format!(", rest {rest:>right$}  {}", in_words(n)));
            let line = format!("   {:names$}  median {here:>left$}{beside}", n.field);
            writeln!(formatter, "{}", line.trim_end())?;
        }
        for level in segment.levels.iter().take(LEVELS) {
            writeln!(formatter, "   {}", self.level(level))?;
        }
        if segment.levels.len() > LEVELS {
            writeln!(formatter, "   and {} more values", segment.levels.len() - LEVELS)?;
        }
        for m in segment.missing.iter().filter(|m| m.notable) {
            let (share, rest) = (percent(m.share), percent(m.rest_share));
            writeln!(formatter, "   {} is missing in {share}, {rest} of the rest", m.field)?;
        }
        for action in &segment.actions {
            wrapped(formatter, action)?;
        }
        Ok(())
    }

    fn middle(&self, n: &NumberProfile, here: bool) -> String {
        match (if here { n.median } else { n.rest_median }, n.date) {
            (None, _) => "-".to_owned(),
            (Some(day), true) => date(day),
            (Some(value), false) => self.vocabulary.show(&n.field, value),
        }
    }

    fn level(&self, level: &LevelProfile) -> String {
        let plain: String = level.level.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let lift = match level.lift {
            Some(lift) if lift < 100.0 => format!("{lift:.1} times as often"),
            Some(_) => "more than 100 times as often".to_owned(),
            None => "only here".to_owned(),
        };
        let (share, rest) = (percent(level.share), percent(level.rest_share));
        format!("{} = {plain}: {share}, {rest} of the rest ({lift})", level.field)
    }
}

fn in_words(n: &NumberProfile) -> &'static str {
    match n.standing {
        Standing::VeryHigh => "much higher",
        Standing::High => "higher",
        Standing::Middle => "",
        Standing::Low => "lower",
        Standing::VeryLow => "much lower",
    }
}

fn date(day: f64) -> String {
    let micros = day.floor() * DAY as f64;
    Moment::from_micros(micros as i64).map_or_else(|_| format!("day {day:.0}"), |moment| moment.to_string())
}

fn percent(share: f64) -> String {
    let shown = 100.0 * share;
    match shown {
        s if s > 0.0 && s < 0.1 => "under 0.1 %".to_owned(),
        s if s < 100.0 && s > 99.9 => "over 99.9 %".to_owned(),
        s => format!("{s:.1} %"),
    }
}

/// An action behind an arrow, in lines of a readable width.
fn wrapped(formatter: &mut fmt::Formatter<'_>, action: &str) -> fmt::Result {
    let mut line = "   ->".to_owned();
    for word in action.split_whitespace() {
        if line.chars().count() + word.chars().count() >= WIDTH {
            writeln!(formatter, "{line}")?;
            line = "     ".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(formatter, "{line}")
}
