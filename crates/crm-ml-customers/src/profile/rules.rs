//! A drawn tree in words for people.

use crate::vocabulary::number;

/// One line of the drawing: how deep it stands, and what it says.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    depth: usize,
    what: What,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Question(String),
    Leaf { name: String, share: f64, weight: f64 },
}

/// The drawing without missing cells where there are none, without questions whose answers lead to the same segment, and with leaves
/// as `name: share of weight`. `complete` names the columns without missing cells.
pub(super) fn readable(drawing: &str, complete: &[String]) -> String {
    let mut lines: Vec<Line> = drawing.lines().map(|line| read(line, complete)).collect();
    while let Some((place, leaf)) = (0..lines.len()).find_map(|p| Some((p, joined(&lines[p..])?))) {
        lines.splice(place..place + 4, [leaf]);
    }
    let shown = |line: &Line| {
        let what = match &line.what {
            What::Question(question) => question.clone(),
            What::Leaf { name, share, weight } => {
                format!("{name}: {:.0} % of {}", 100.0 * share, number(*weight))
            }
        };
        format!("{}|--- {what}\n", "|   ".repeat(line.depth))
    };
    lines.iter().map(shown).collect()
}

/// One leaf for two questions in a row that lead to the same segment.
fn joined(lines: &[Line]) -> Option<Line> {
    let [first, one, second, two] = lines.get(..4)? else { return None };
    let (What::Question(_), What::Question(_)) = (&first.what, &second.what) else { return None };
    let What::Leaf { name, share, weight } = &one.what else { return None };
    let What::Leaf { name: other, share: other_share, weight: other_weight } = &two.what else { return None };
    if name != other || first.depth != second.depth || one.depth != two.depth {
        return None;
    }
    let all = weight + other_weight;
    let share = if all > 0.0 { (share * weight + other_share * other_weight) / all } else { *share };
    Some(Line { depth: first.depth, what: What::Leaf { name: name.clone(), share, weight: all } })
}

fn read(line: &str, complete: &[String]) -> Line {
    let (branches, what) = line.split_once("|--- ").unwrap_or(("", line));
    let depth = branches.len() / "|   ".len();
    let asks = |name: &String, sign: &str| {
        what.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(sign))
    };
    let about = |sign: &str| complete.iter().any(|name| asks(name, sign));
    let question = if about(" <= ") || about(" > ") {
        what.strip_suffix(" or missing").unwrap_or(what).to_owned()
    } else if about(" in {") {
        let set = what.strip_suffix('}').unwrap_or(what);
        let set = set.strip_suffix("; missing").unwrap_or(set);
        format!("{}}}", set.strip_suffix("; unseen").unwrap_or(set))
    } else if let Some(leaf) = leaf(what) {
        return Line { depth, what: leaf };
    } else {
        what.to_owned()
    };
    Line { depth, what: What::Question(question) }
}

/// `Big spenders 0.95 (weight 200)`.
fn leaf(text: &str) -> Option<What> {
    let (front, weight) = text.strip_suffix(')')?.rsplit_once(" (weight ")?;
    let (name, share) = front.rsplit_once(' ')?;
    Some(What::Leaf { name: name.to_owned(), share: share.parse().ok()?, weight: weight.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn rules_read_well() {
        let drawing = "|--- spend <= 5 or missing\n|   |--- A, b 0.95 (weight 1200)\n|--- spend > 5\n\
            |   |--- land in {x, y; unseen; missing}\n|   |   |--- C 1 (weight 3)\n|   |--- land in {z}\n|   |   |--- D 0.5 (weight 2)\n";
        let complete = ["spend".to_owned(), "land".to_owned()];
        let expected = "|--- spend <= 5\n|   |--- A, b: 95 % of 1,200\n|--- spend > 5\n\
            |   |--- land in {x, y}\n|   |   |--- C: 100 % of 3\n|   |--- land in {z}\n|   |   |--- D: 50 % of 2\n";
        assert_eq!(readable(drawing, &complete), expected);
        let gaps = readable(drawing, &[]);
        assert!(gaps.contains("spend <= 5 or missing\n") && gaps.contains("; unseen; missing}"), "{gaps}");
    }

    #[test]
    fn questions_that_change_nothing_are_left_out() {
        let drawing = "|--- a <= 1\n|   |--- b <= 1\n|   |   |--- X 1 (weight 30)\n|   |--- b > 1\n|   |   |--- X 0.6 (weight 10)\n\
            |--- a > 1\n|   |--- X 0.5 (weight 10)\n";
        assert_eq!(readable(drawing, &[]), "|--- X: 82 % of 50\n");
        let kept = drawing.replace("X 0.5", "Y 0.5");
        assert_eq!(
            readable(&kept, &[]),
            "|--- a <= 1\n|   |--- X: 90 % of 40\n|--- a > 1\n|   |--- Y: 50 % of 10\n"
        );
    }
}
