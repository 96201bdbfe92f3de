use super::*;

/// Root on column 0 at 1.5 (missing right), its right child on the category column 1.
fn tree() -> Tree {
    let mut tree = Tree::leaf();
    let left = tree.split(0, 0, Rule::Threshold { threshold: 1.5, missing_left: false }, 4.0);
    let inner = tree.split(left + 1, 1, Rule::Set(BinSet::of(2)), 1.0);
    tree.set_leaves(1, [(left, 2.0, vec![10.0]), (inner, 1.0, vec![20.0]), (inner + 1, 1.0, vec![40.0])]);
    tree
}

fn levels() -> Vec<Option<Levels>> {
    let bins = vec![0u8, 1, 2];
    let levels = serde_json::json!({ "bins": bins, "known": 3 });
    vec![None, Some(serde_json::from_value(levels).unwrap())]
}

#[test]
fn rows_find_their_leaves() {
    let (tree, levels) = (tree(), levels());
    let value = |row: [f64; 2]| tree.values(tree.leaf_of(&row, &levels))[0];
    assert_eq!(value([1.5, 0.0]), 10.0);
    assert_eq!(value([1.6, 2.0]), 20.0);
    assert_eq!(value([1.6, 1.0]), 40.0);
    assert_eq!(value([f64::NAN, 2.0]), 20.0);
    assert_eq!([value([2.0, f64::NAN]), value([2.0, -1.0]), value([2.0, 1e300])], [40.0; 3]);
}

#[test]
fn shape_and_inner_values_are_told() {
    let tree = tree();
    assert_eq!((tree.n_nodes(), tree.n_leaves(), tree.depth()), (5, 3, 2));
    // The means of the children by weight.
    assert_eq!((tree.values(2)[0], tree.values(0)[0], tree.cover(0)), (30.0, 20.0, 4.0));
}

#[test]
fn a_valid_tree_is_accepted() {
    tree().validate(1, &levels()).unwrap();
}

#[test]
fn every_lie_is_refused() {
    type Lie = (&'static str, fn(&mut Tree));
    let lies: [Lie; 16] = [
        ("a child that is its parent", |t| t.nodes[2].left = 2),
        ("a child before its parent", |t| t.nodes[2].left = 1),
        ("a child out of range", |t| t.nodes[2].left = 4),
        ("a child far out of range", |t| t.nodes[2].left = u32::MAX),
        ("a child of two parents", |t| t.nodes[1] = t.nodes[2]),
        ("a node without parent", |t| t.nodes[2].left = 0),
        ("a column out of range", |t| t.nodes[0].feature = 2),
        ("a threshold that is not finite", |t| t.nodes[0].threshold = f64::NAN),
        ("a threshold on a category", |t| t.nodes[2].set = THRESHOLD),
        ("a set on a real column", |t| t.nodes[0].set = 0),
        ("a set out of range", |t| t.nodes[2].set = 1),
        ("a cover of zero", |t| t.cover[1] = 0.0),
        ("a cover that is not a number", |t| t.cover[1] = f64::NAN),
        ("an infinite value", |t| t.values[1] = f64::INFINITY),
        ("a missing value", |t| t.values.truncate(4)),
        ("a missing gain", |t| t.gain.truncate(4)),
    ];
    for (name, lie) in lies {
        let mut tree = tree();
        lie(&mut tree);
        assert!(tree.validate(1, &levels()).is_err(), "{name} was accepted");
    }
    assert!(tree().validate(2, &levels()).is_err());
    assert!(tree().validate(0, &levels()).is_err());
}

#[test]
fn levels_out_of_range_are_refused() {
    for (bins, known) in [(vec![3u8], 3u8), (vec![0], 255)] {
        let levels: Levels =
            serde_json::from_value(serde_json::json!({ "bins": bins, "known": known })).unwrap();
        assert!(levels.validate().is_err());
    }
}

#[test]
fn sets_hold_bins() {
    let mut set = BinSet::up_to(64);
    set.insert(255);
    assert!(set.contains(0) && set.contains(64) && set.contains(255) && !set.contains(65));
    let mut none = set.complement();
    none.intersect(&set);
    assert_eq!(none, BinSet::default());
    assert!(BinSet::full().contains(200));
}
