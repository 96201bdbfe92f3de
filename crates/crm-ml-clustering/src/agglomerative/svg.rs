//! Dendrograms as SVG pictures.

use std::fmt::Write;

use super::Dendrogram;

/// Room of a leaf, height of the drawing, and what lies around it, in pixels.
const LEAF: f64 = 26.0;
const HEIGHT: f64 = 300.0;
const MARGIN: f64 = 16.0;
const AXIS: f64 = 64.0;
const LABELS: f64 = 110.0;
/// Most letters of a leaf's name.
const LETTERS: usize = 16;
/// Colours that people with any colour vision tell apart (Okabe and Ito 2008).
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999"];
/// What lies above the cut.
const ABOVE: &str = "#444444";

/// A row, a cluster that is not drawn further, or two of these.
struct Place {
    part: u32,
    x: f64,
    height: f64,
    children: Option<[usize; 2]>,
}

pub(super) fn draw(
    tree: &Dendrogram,
    max_leaves: usize,
    n_clusters: usize,
    names: Option<&[String]>,
) -> String {
    let places = arrange(tree, max_leaves);
    let leaves = places.iter().filter(|place| place.children.is_none()).count();
    let most = tree.merges().last().map_or(0.0, |merge| merge.height);
    let y = |height: f64| MARGIN + HEIGHT * (1.0 - if most > 0.0 { height / most } else { 0.0 });
    let (width, height) = (AXIS + leaves as f64 * LEAF + MARGIN, MARGIN + HEIGHT + LABELS);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    axis(&mut svg, most, &y);
    let mut colours = vec![ABOVE; places.len()];
    colour(tree, &places, n_clusters, &mut colours);
    for (place, colour) in places.iter().zip(&colours) {
        match place.children {
            Some(children) => {
                let [left, right] = children.map(|child| &places[child]);
                let (top, from, to) = (y(place.height), y(left.height), y(right.height));
                line(&mut svg, colour, &[(left.x, from), (left.x, top), (right.x, top), (right.x, to)]);
            }
            None => {
                label(&mut svg, tree, place, y(0.0), colour, names);
                // A cluster that is not drawn further ends above the base line.
                let (x, y) = (place.x, y(place.height));
                let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\" fill=\"{colour}\"/>");
            }
        }
    }
    svg + "</svg>\n"
}

/// The highest merges; leaves from left to right.
fn arrange(tree: &Dendrogram, max_leaves: usize) -> Vec<Place> {
    let rows = tree.n_rows();
    let drawn_from = (rows + tree.merges().len()).saturating_sub(max_leaves - 1).max(rows);
    let root = (rows + tree.merges().len()).saturating_sub(1) as u32;
    let mut places = vec![Place { part: root, x: 0.0, height: 0.0, children: None }];
    let mut open = vec![0];
    let mut leaves = 0.0;
    while let Some(place) = open.pop() {
        let part = places[place].part as usize;
        let merge = part.checked_sub(rows).and_then(|number| tree.merges().get(number));
        places[place].height = merge.map_or(0.0, |merge| merge.height);
        match merge.filter(|_| part >= drawn_from) {
            Some(merge) => {
                let first = places.len();
                let child = |part| Place { part, x: 0.0, height: 0.0, children: None };
                places.extend(merge.parts.map(child));
                places[place].children = Some([first, first + 1]);
                open.extend([first + 1, first]);
            }
            None => {
                places[place].x = AXIS + (leaves + 0.5) * LEAF;
                leaves += 1.0;
            }
        }
    }
    // Children lie behind their parents.
    for place in (0..places.len()).rev() {
        if let Some([left, right]) = places[place].children {
            places[place].x = 0.5 * (places[left].x + places[right].x);
        }
    }
    places
}

/// A colour a cluster of the cut.
fn colour(tree: &Dendrogram, places: &[Place], n_clusters: usize, colours: &mut [&'static str]) {
    let total = tree.n_rows() + tree.merges().len();
    let is_above = |part: u32| part as usize + n_clusters.max(1) > total;
    let mut next = 0;
    let mut open = vec![0];
    while let Some(place) = open.pop() {
        if colours[place] == ABOVE && !is_above(places[place].part) {
            colours[place] = COLOURS[next % COLOURS.len()];
            next += 1;
        }
        if let Some([left, right]) = places[place].children {
            (colours[left], colours[right]) = (colours[place], colours[place]);
            open.extend([right, left]);
        }
    }
}

fn axis(svg: &mut String, most: f64, y: &impl Fn(f64) -> f64) {
    let x = AXIS - 8.0;
    line(svg, ABOVE, &[(x, y(0.0)), (x, y(most))]);
    for tick in ticks(most) {
        line(svg, ABOVE, &[(x - 4.0, y(tick)), (x, y(tick))]);
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
            x - 7.0,
            y(tick) + 4.0
        );
    }
}

/// Round numbers up to `most`, five or so.
fn ticks(most: f64) -> Vec<f64> {
    if !(most > 0.0 && most.is_finite()) {
        return vec![0.0];
    }
    let rough = 10f64.powf((most / 5.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * rough).into_iter().find(|step| most / step <= 6.0);
    let step = step.unwrap_or(most);
    // Divided, not multiplied: 0.3, not 0.30000000000000004.
    let (up, down) = if step >= 1.0 { (step, 1.0) } else { (1.0, (1.0 / step).round()) };
    (0..=(most / step) as usize).map(|i| i as f64 * up / down).collect()
}

fn label(svg: &mut String, tree: &Dendrogram, place: &Place, y: f64, colour: &str, names: Option<&[String]>) {
    let part = place.part as usize;
    let text = match part.checked_sub(tree.n_rows()).and_then(|number| tree.merges().get(number)) {
        Some(merge) => format!("{} rows", merge.size),
        None => names.and_then(|names| names.get(part)).map_or_else(|| format!("row {part}"), Clone::clone),
    };
    let mut short: String = text.chars().take(LETTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    let (x, y) = (place.x, y + 10.0);
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{colour}\" text-anchor=\"end\" transform=\"rotate(-60 {x:.1} {y:.1})\">\
         {}<title>{}</title></text>",
        escaped(&short),
        escaped(&text)
    );
}

fn line(svg: &mut String, colour: &str, points: &[(f64, f64)]) {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\"/>", points.join(" "));
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
