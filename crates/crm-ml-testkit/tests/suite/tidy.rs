//! The repository keeps its own rules: direction of dependencies, README as crate docs, short files, no `unsafe`, no BLAS.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A crate may use any floor below its own, never its own.
const FLOORS: &[(&str, u8)] = &[
    ("crm-ml", 6),
    ("crm-ml-lead-scoring", 5),
    ("crm-ml-customers", 5),
    ("crm-ml-alerts", 5),
    ("crm-ml-sales-pipeline", 5),
    ("crm-ml-model-selection", 4),
    ("crm-ml-explain", 4),
    ("crm-ml-preprocessing", 3),
    ("crm-ml-feature-selection", 3),
    ("crm-ml-classifiers", 3),
    ("crm-ml-regression", 3),
    ("crm-ml-clustering", 3),
    ("crm-ml-anomaly", 3),
    ("crm-ml-forecasting", 3),
    ("crm-ml-linear", 2),
    ("crm-ml-trees", 2),
    ("crm-ml-neighbors", 2),
    ("crm-ml-linalg", 1),
    ("crm-ml-metrics", 1),
    ("crm-ml-table", 1),
    ("crm-ml-core", 0),
    // Beside the house: generators of data may use tables, everything may use them in tests.
    ("crm-ml-datasets", 2),
    ("crm-ml-testkit", 1),
];

const MOST_LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// Packages by id, and by id the ids they depend on outside tests and build scripts.
struct Graph {
    packages: BTreeMap<String, Value>,
    uses: BTreeMap<String, Vec<String>>,
    features: BTreeMap<String, Vec<String>>,
}

impl Graph {
    fn read() -> Self {
        let metadata = metadata();
        let packages =
            metadata["packages"].as_array().unwrap().iter().map(|p| (text(p, "id"), p.clone())).collect();
        let (mut uses, mut features) = (BTreeMap::new(), BTreeMap::new());
        for node in metadata["resolve"]["nodes"].as_array().unwrap() {
            let normal =
                |dep: &&Value| dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
            let deps =
                node["deps"].as_array().unwrap().iter().filter(normal).map(|dep| text(dep, "pkg")).collect();
            uses.insert(text(node, "id"), deps);
            let on =
                node["features"].as_array().unwrap().iter().map(|f| f.as_str().unwrap().to_owned()).collect();
            features.insert(text(node, "id"), on);
        }
        Self { packages, uses, features }
    }

    fn name(&self, id: &str) -> String {
        text(&self.packages[id], "name")
    }

    fn id(&self, name: &str) -> String {
        self.packages
            .keys()
            .find(|id| self.name(id) == name)
            .unwrap_or_else(|| panic!("no package {name}"))
            .clone()
    }

    /// All that a package is built from.
    fn below(&self, name: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![self.id(name)];
        while let Some(id) = open.pop() {
            if found.insert(id.clone()) {
                open.extend(self.uses[&id].iter().cloned());
            }
        }
        found
    }
}

fn crates() -> Vec<PathBuf> {
    let mut folders: Vec<_> =
        fs::read_dir(root().join("crates")).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    folders
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn all_sources() -> Vec<PathBuf> {
    ["crates", "benches", "examples"].iter().flat_map(|folder| sources(&root().join(folder))).collect()
}

#[test]
fn dependencies_run_down_only() {
    let graph = Graph::read();
    let floors: BTreeMap<_, _> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for folder in crates() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let floor = floors.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no floor"));
        for used in graph.uses[&graph.id(&name)].iter().map(|id| graph.name(id)) {
            if floors.get(used.as_str()).is_some_and(|below| below >= floor) {
                wrong.push(format!("{name} -> {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_default_graph_needs_no_system_library() {
    let graph = Graph::read();
    for id in graph.below("crm-ml") {
        let name = graph.name(&id);
        assert!(!name.ends_with("-sys") || name.starts_with("windows"), "{name} links a system library");
        assert!(!name.contains("blas") && !name.contains("lapack"), "{name} is in the default graph");
        if name == "ndarray" {
            assert!(!graph.features[&id].iter().any(|f| f == "blas"), "ndarray's blas feature is on");
        }
    }
}

#[test]
fn the_rust_version_is_what_the_default_graph_asks_for() {
    let graph = Graph::read();
    let version = |id: &String| {
        let text = text(&graph.packages[id], "rust_version");
        let mut parts = text.split('.').map(|p| p.parse::<u32>().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    };
    let (own, others): (Vec<_>, Vec<_>) =
        graph.below("crm-ml").into_iter().partition(|id| graph.name(id).starts_with("crm-ml"));
    let highest = others.iter().map(version).max().unwrap();
    assert!(own.iter().all(|id| version(id) == highest), "the default graph asks for Rust {highest:?}");
}

#[test]
fn every_crate_has_its_readme_as_docs_and_the_shared_lints() {
    for folder in crates() {
        let readme = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(readme.starts_with(&format!("# {name}\n")), "{name}: README.md must open with its name");
        assert!(readme.contains("```"), "{name}: README.md has no example");
        let lib = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        assert!(
            lib.starts_with("#![doc = include_str!(\"../README.md\")]"),
            "{name}: lib.rs must open with the README"
        );
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for line in ["[lints]\nworkspace = true", "rust-version.workspace = true", "license.workspace = true"]
        {
            assert!(manifest.contains(line), "{name}: Cargo.toml lacks {line:?}");
        }
    }
}

/// A file that no `mod` names would hold tests that never run.
#[test]
fn every_file_of_a_suite_is_in_it() {
    for folder in crates().iter().map(|c| c.join("tests/suite")).filter(|f| f.exists()) {
        let main = fs::read_to_string(folder.join("main.rs")).unwrap();
        for file in sources(&folder) {
            let module = file.file_stem().unwrap().to_str().unwrap();
            let named = main.lines().any(|line| line == format!("mod {module};"));
            assert!(named || module == "main", "{}: not in main.rs", file.display());
        }
    }
}

#[test]
fn files_are_short() {
    for file in all_sources() {
        let in_tests = file.components().any(|c| c.as_os_str() == "tests") || file.ends_with("tests.rs");
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        assert!(in_tests || lines <= MOST_LINES, "{}: {lines} lines, at most {MOST_LINES}", file.display());
    }
}

#[test]
fn no_source_is_unsafe() {
    // Built from pieces, so that this file does not find itself.
    let keyword = ["un", "safe"].concat();
    let allowed = [keyword.as_str(), "_code"].concat();
    for file in all_sources() {
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let word = code
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|w| w == keyword || w == allowed);
            assert!(!word, "{}:{}: {line}", file.display(), number + 1);
        }
    }
}

/// The compiler here is newer than the declared Rust version and would let these pass.
#[test]
fn no_let_chains() {
    for file in all_sources() {
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let chained = line.contains("&& let ")
                || (line.contains("if let ") && line.contains(" && ") && line.ends_with('{'));
            let body =
                line.trim_start().starts_with("//") || line.contains("|") || line.contains("contains(");
            assert!(!chained || body, "{}:{}: {line}", file.display(), number + 1);
        }
    }
}
