//! Trees as lines of text.

use super::Named;

/// A line a node, children further in.
pub(super) fn draw(named: &Named<'_>, max_depth: Option<usize>) -> String {
    let mut text = String::new();
    // The last is drawn first: node, its depth, the question that leads to it.
    let mut open = vec![(0, 0, String::new())];
    while let Some((node, depth, question)) = open.pop() {
        if !question.is_empty() {
            line(&mut text, depth - 1, &question);
        }
        match named.tree.branch(node) {
            None => {
                let leaf = format!("{} ({})", named.prediction(node), named.weight(node));
                line(&mut text, depth, &leaf);
            }
            Some(_) if max_depth.is_some_and(|most| depth >= most) => {
                let cut = format!(
                    "{} ({}), branch of depth {}",
                    named.prediction(node),
                    named.weight(node),
                    named.depth(node)
                );
                line(&mut text, depth, &cut);
            }
            Some(branch) => {
                let [left, right] = named.questions(&branch);
                open.push((branch.left + 1, depth + 1, right));
                open.push((branch.left, depth + 1, left));
            }
        }
    }
    text
}

fn line(text: &mut String, depth: usize, what: &str) {
    text.push_str(&"|   ".repeat(depth));
    text.push_str("|--- ");
    // A name must not break the line.
    text.extend(what.chars().map(|letter| if letter.is_control() { ' ' } else { letter }));
    text.push('\n');
}
