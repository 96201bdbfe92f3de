//! Trees as SVG pictures.

use std::fmt::Write;

use super::Named;

/// Size of a node's box and the room between boxes, in pixels.
const BOX: (f64, f64) = (240.0, 52.0);
const ROOM: (f64, f64) = (14.0, 46.0);
const MARGIN: f64 = 12.0;
/// Most letters of a line; the whole is shown when the pointer rests on it.
const LETTERS: usize = 34;
/// Colours that people with any colour vision tell apart (Okabe and Ito 2008).
const COLOURS: [&str; 8] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#999999"];

/// A node that is drawn.
struct Place {
    node: usize,
    depth: usize,
    /// Middle of its box.
    x: f64,
    /// Places of its children; `None` for a leaf or where the drawing ends.
    children: Option<[usize; 2]>,
}

/// Leaves side by side, parents in the middle above their children.
pub(super) fn draw(named: &Named<'_>, max_depth: Option<usize>) -> String {
    let places = arrange(named, max_depth);
    let rows = places.iter().map(|place| place.depth).max().unwrap_or(0) + 1;
    let columns = places.iter().filter(|place| place.children.is_none()).count();
    let width = 2.0 * MARGIN + columns as f64 * (BOX.0 + ROOM.0) - ROOM.0;
    let height = 2.0 * MARGIN + rows as f64 * (BOX.1 + ROOM.1) - ROOM.1;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"11\" text-anchor=\"middle\">\n"
    );
    places.iter().for_each(|place| edges(&mut svg, place, &places));
    places.iter().for_each(|place| node(&mut svg, named, place));
    svg + "</svg>\n"
}

fn arrange(named: &Named<'_>, max_depth: Option<usize>) -> Vec<Place> {
    let mut places = vec![Place { node: 0, depth: 0, x: 0.0, children: None }];
    let mut open = vec![0];
    let mut column = 0.0;
    while let Some(place) = open.pop() {
        let Place { node, depth, .. } = places[place];
        match named.tree.branch(node).filter(|_| max_depth.is_none_or(|most| depth < most)) {
            Some(branch) => {
                let left = places.len();
                for child in [branch.left, branch.left + 1] {
                    places.push(Place { node: child, depth: depth + 1, x: 0.0, children: None });
                }
                places[place].children = Some([left, left + 1]);
                open.extend([left + 1, left]);
            }
            None => {
                places[place].x = MARGIN + BOX.0 / 2.0 + column * (BOX.0 + ROOM.0);
                column += 1.0;
            }
        }
    }
    for place in (0..places.len()).rev() {
        if let Some([left, right]) = places[place].children {
            places[place].x = (places[left].x + places[right].x) / 2.0;
        }
    }
    places
}

fn top(depth: usize) -> f64 {
    MARGIN + depth as f64 * (BOX.1 + ROOM.1)
}

fn edges(svg: &mut String, place: &Place, places: &[Place]) {
    let Some(children) = place.children else { return };
    let (y, below) = (top(place.depth) + BOX.1, top(place.depth + 1));
    for (child, answer) in children.into_iter().zip(["yes", "no"]) {
        let (from, to) = (place.x, places[child].x);
        let (middle, side) = ((from + to) / 2.0, if to < from { -12.0 } else { 12.0 });
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<line x1=\"{from:.1}\" y1=\"{y:.1}\" x2=\"{to:.1}\" y2=\"{below:.1}\" stroke=\"#888\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#555\">{answer}</text>",
            middle + side,
            (y + below) / 2.0,
        );
    }
}

fn node(svg: &mut String, named: &Named<'_>, place: &Place) {
    let (x, y) = (place.x - BOX.0 / 2.0, top(place.depth));
    let branch = named.tree.branch(place.node);
    let first = match (&branch, place.children) {
        (Some(branch), Some(_)) => {
            let [left, _] = named.questions(branch);
            left + "?"
        }
        (Some(_), None) => format!("branch of depth {}", named.depth(place.node)),
        (None, _) => "leaf".to_owned(),
    };
    let (colour, strength) = match named.classes {
        Some(_) => {
            let class = named.majority(place.node);
            (COLOURS[class % COLOURS.len()], 0.10 + 0.45 * named.tree.values(place.node)[class])
        }
        None => (COLOURS[0], if branch.is_none() { 0.35 } else { 0.12 }),
    };
    let _ = writeln!(
        svg,
        "<g><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"{colour}\" \
         fill-opacity=\"{strength:.2}\" stroke=\"#444\"/>",
        escaped(&first),
        BOX.0,
        BOX.1,
    );
    for (line, text) in [first, named.prediction(place.node), named.weight(place.node)].iter().enumerate() {
        let weight = if line == 0 && place.children.is_some() { " font-weight=\"bold\"" } else { "" };
        let y = y + 16.0 + 15.0 * line as f64;
        let _ =
            writeln!(svg, "<text x=\"{:.1}\" y=\"{y:.1}\"{weight}>{}</text>", place.x, escaped(&short(text)));
    }
    svg.push_str("</g>\n");
}

fn short(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return text.to_owned();
    }
    text.chars().take(LETTERS - 1).chain(['\u{2026}']).collect()
}

/// Text that XML takes as it is meant.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // XML has no other control characters, and no noncharacters.
            '\u{fffe}' | '\u{ffff}' => safe.push(' '),
            other if other.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}
