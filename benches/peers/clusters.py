"""Clusterings beside the peers: every workload, all sides in turn, each run in a process of its own, medians of ratios (ours over theirs).

python3 clusters.py           installs the peers into a virtual environment (--venv), builds the runner, runs everything
python3 clusters.py --only kmeans,mixture-full --runs 5 --seed 7 --rows 100000
"""

import json
import tempfile
from pathlib import Path

import side_by_side

KMEANS = ["scikit-learn", "scikit-learn elkan", "scikit-learn-intelex", "faiss"]


def blobs(rows, columns, clusters, seed):
    """Normal clusters of different widths that overlap, in a skewed frame; starts are rows."""
    import numpy as np

    rng = np.random.default_rng(seed)
    centers, which = rng.uniform(-5, 5, size=(clusters, columns)), rng.integers(0, clusters, rows)
    x = centers[which] + rng.uniform(1, 3.5, size=clusters)[which, None] * rng.normal(size=(rows, columns))
    return dict(x=x, init=x[rng.choice(rows, clusters, replace=False)])


def haze(rows, columns, clusters, seed):
    """No clusters at all, only correlated columns: what bounds like least."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) @ rng.normal(size=(columns, columns))
    return dict(x=x, init=x[rng.choice(rows, clusters, replace=False)])


def apart(rows, columns, clusters, seed):
    """Normal clusters of different widths that stand apart, and one row in fifty anywhere: what density finds."""
    import numpy as np

    rng = np.random.default_rng(seed)
    side = 2 if columns > 4 else int(np.ceil(clusters ** (1 / columns) - 1e-9))
    places = rng.choice(side**columns, clusters, replace=False)
    lattice = np.stack([places // side**axis % side for axis in range(columns)], axis=1)
    centers, which = 10 * lattice + rng.uniform(-1, 1, size=(clusters, columns)), rng.integers(0, clusters, rows)
    x = centers[which] + rng.uniform(0.5, 1, size=clusters)[which, None] * rng.normal(size=(rows, columns))
    stray = rng.random(rows) < 0.02
    x[stray] = rng.uniform(x.min(), x.max(), size=(stray.sum(), columns))
    return dict(x=x)


def kmeans(make, rows, columns, clusters, max_iter, peers=KMEANS):
    return dict(make=make, shape=(rows, columns, clusters), task="kmeans", settings=dict(max_iter=max_iter, tol=0), peers=peers,
                outputs=["labels"], same=["inertia", "n_iter"])


def mixture(make, kind):
    settings = dict(max_iter=50, tol=0, covariance_type=kind)
    return dict(make=make, shape=(200_000, 16, 20), task="gaussian-mixture", settings=settings, peers=["scikit-learn"],
                outputs=["labels"], same=["log_likelihood", "n_iter"])


def dbscan(rows, columns, eps, peers):
    return dict(make=apart, shape=(rows, columns, 20), task="dbscan", settings=dict(eps=eps, min_samples=10), peers=peers,
                outputs=["labels"], same=["n_clusters"])


def hdbscan(rows, columns):
    """`min_samples` counts the row itself, as in scikit-learn, which is quadratic and left out."""
    return dict(make=apart, shape=(rows, columns, 20), task="hdbscan", settings=dict(min_cluster_size=50, min_samples=10),
                peers=["fast_hdbscan", "hdbscan"], outputs=["labels"], same=["n_clusters"])


def agglomerative(rows, linkage):
    settings = dict(linkage=linkage, n_clusters=20)
    return dict(make=blobs, shape=(rows, 8, 20), task="agglomerative", settings=settings, peers=["fastcluster"], outputs=["labels"], same=[])


#: What is run: the data and their shape (rows, columns, clusters), our task and its settings, the peers (of cluster_peer.py), what
#: must be the same on all sides.
RUNS = {
    "kmeans": kmeans(blobs, 200_000, 16, 20, 30),
    "kmeans-converged": kmeans(blobs, 200_000, 16, 20, 300),
    "kmeans-haze": kmeans(haze, 200_000, 16, 20, 30),
    "kmeans-large": kmeans(blobs, 1_000_000, 50, 100, 30),
    "kmeans-large-haze": kmeans(haze, 1_000_000, 50, 100, 30),
    "mixture-full": mixture(blobs, "full"),
    "mixture-diag": mixture(blobs, "diag"),
    "dbscan-2": dbscan(100_000, 2, 0.15, ["dbscan", "scikit-learn"]),
    "dbscan-3": dbscan(100_000, 3, 0.4, ["dbscan", "scikit-learn"]),
    "dbscan-2-large": dbscan(1_000_000, 2, 0.06, ["dbscan"]),
    "dbscan-16": dbscan(50_000, 16, 3.0, ["scikit-learn"]),
    "hdbscan-2": hdbscan(100_000, 2),
    "hdbscan-3": hdbscan(100_000, 3),
    "hdbscan-10": hdbscan(50_000, 10),
    "ward": agglomerative(10_000, "ward"),
    "average": agglomerative(10_000, "average"),
    "ward-large": agglomerative(50_000, "ward"),
}


def agreement(labels, reference):
    """The share of rows whose label is the reference's; the adjusted Rand index where clusters may be called otherwise."""
    from sklearn.metrics import adjusted_rand_score

    same = (labels == reference).mean()
    return f"same labels {same:.6f}" if same > 0.5 else f"adjusted Rand {adjusted_rand_score(reference, labels):.6f}"


def compare(name, arguments):
    import numpy as np

    import workload

    run = RUNS[name]
    rows, columns, clusters = run["shape"]
    arrays = run["make"](arguments.rows or rows, columns, clusters, arguments.seed)
    measured, labels = {side: [] for side in ["crm-ml", *run["peers"]]}, {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for array_name, array in arrays.items():
            np.save(folder / f"{array_name}.npy", np.ascontiguousarray(array))
        files = {array_name: folder / f"{array_name}.npy" for array_name in arrays}
        (folder / "run.json").write_text(json.dumps(dict(task=run["task"], settings=run["settings"])))
        for _ in range(arguments.runs):
            line, found = workload.run(run["task"], run["outputs"], threads=arguments.threads, settings=run["settings"], **files)
            line.update(fit=line["fit_seconds"][0], before=line["rss_before_fit_bytes"], peak=line["peak_rss_bytes"])
            measured["crm-ml"].append(line)
            labels["crm-ml"] = found[0]
            for side in run["peers"]:
                measured[side].append(side_by_side.peer("cluster_peer.py", side, folder, arguments.threads))
                labels[side] = np.load(folder / "labels.npy")
    shape = " x ".join(f"{size:,}" for size in arrays["x"].shape)
    print(f"\n{name}: {shape}, {run['settings']}, {arguments.runs} runs in turn, {arguments.threads} threads")
    for side, lines in measured.items():
        text = f"  {side:22}" + side_by_side.compared(measured, ["crm-ml"], side, "fit", "s") + side_by_side.memory(lines)
        text += "".join(f"  {field} {lines[-1][field]:.12g}" for field in run["same"] if field in lines[-1])
        if side != "crm-ml":
            text += "  " + agreement(labels["crm-ml"], labels[side])
        print(text, flush=True)


def main():
    rows = "rows, where not the usual number of the workload"
    arguments = side_by_side.arguments(__doc__, RUNS, lambda parser: parser.add_argument("--rows", type=int, help=rows))
    side_by_side.versions(["scikit-learn", "scikit-learn-intelex", "faiss-cpu", "dbscan", "hdbscan", "fast_hdbscan", "numpy"])
    for name in arguments.only.split(","):
        compare(name, arguments)


if __name__ == "__main__":
    main()
