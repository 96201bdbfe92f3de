"""Selection of columns, components and learning row by row beside the peers: all sides in turn, each run in a process of its own.

python3 selection.py               installs the peers into a virtual environment (--venv), builds the runner, runs everything
python3 selection.py --only anova,rfecv --runs 7 --seed 3

Prints medians of ratios (ours over theirs) and how many columns both sides choose, or how good both are.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

#: What is run: our task and its settings, rows and columns, the peers.
LOGISTIC = dict(estimator="logistic", C=1.0)
RUNS = {
    "anova": ("select", dict(score="anova-f", k=10), (1_000_000, 50), ["scikit-learn"]),
    "chi-squared": ("select", dict(score="chi-squared", k=10), (1_000_000, 50), ["scikit-learn"]),
    "information": ("select", dict(score="mutual-information", k=10), (50_000, 20), ["scikit-learn"]),
    "mrmr": ("mrmr", dict(scheme="fcq", n_features_to_select=20), (100_000, 100), ["mrmr_selection"]),
    "rfe": ("rfe", dict(n_features_to_select=10, **LOGISTIC), (100_000, 40), ["scikit-learn"]),
    "rfecv": ("rfecv", dict(scoring="log_loss", **LOGISTIC), (20_000, 30), ["scikit-learn"]),
    "sequential": ("sequential", dict(scoring="log_loss", n_features_to_select=8, **LOGISTIC), (20_000, 20), ["scikit-learn"]),
    "incremental": ("incremental-pca", dict(n_components=20, batch_size=10_000), (200_000, 100), ["scikit-learn"]),
    "svd": ("truncated-svd", dict(n_components=20), (100_000, 200), ["scikit-learn arpack"]),
    "svd-random": ("truncated-svd", dict(n_components=20, n_iter=5), (100_000, 200), ["scikit-learn randomized"]),
    "online": ("ftrl", dict(epochs=1, l2=1e-4), (500_000, 50), ["scikit-learn SGD"]),
}
#: What is compared of a run's outputs.
CHOICES = ("select", "mrmr", "rfe", "rfecv", "sequential")


def table(name, rows, columns, seed):
    """A tenth of the columns tell much, a fifth little, a fifth repeat others with noise, the rest nothing."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns))
    tenth = columns // 10
    effects = np.zeros(columns)
    effects[:tenth], effects[tenth : 3 * tenth] = 1.0, 0.15
    x[:, 3 * tenth : 5 * tenth] = x[:, : 2 * tenth] + 0.5 * rng.normal(size=(rows, 2 * tenth))
    y = x @ effects + rng.logistic(size=rows) > 0.5
    if name == "chi-squared":
        x = np.floor(np.exp(0.5 * x))
    elif name in ("incremental", "svd", "svd-random"):
        x = x @ (0.3 * rng.normal(size=(columns, columns)) + np.eye(columns)) + 3 * rng.normal(size=columns)
    order = rng.permutation(columns)
    return np.ascontiguousarray(x[:, order]), y.astype(float)


def selector(name, columns):
    """The peer's estimator, at the same settings."""
    from sklearn.decomposition import IncrementalPCA, TruncatedSVD
    from sklearn.feature_selection import RFE, RFECV, SelectKBest, SequentialFeatureSelector, chi2, f_classif, mutual_info_classif
    from sklearn.linear_model import LogisticRegression, SGDClassifier

    jobs = int(os.environ["OMP_NUM_THREADS"])
    logistic = LogisticRegression(solver="newton-cholesky", tol=1e-6)
    settings = RUNS[name][1]
    return {
        "anova": lambda: SelectKBest(f_classif, k=10),
        "chi-squared": lambda: SelectKBest(chi2, k=10),
        "information": lambda: SelectKBest(lambda x, y: mutual_info_classif(x, y, n_jobs=jobs, random_state=0), k=10),
        "rfe": lambda: RFE(logistic, n_features_to_select=10),
        "rfecv": lambda: RFECV(logistic, scoring="neg_log_loss", n_jobs=jobs),
        "sequential": lambda: SequentialFeatureSelector(logistic, n_features_to_select=8, scoring="neg_log_loss", n_jobs=jobs),
        "incremental": lambda: IncrementalPCA(settings["n_components"], batch_size=settings["batch_size"]),
        "svd": lambda: TruncatedSVD(settings["n_components"], algorithm="arpack"),
        "svd-random": lambda: TruncatedSVD(settings["n_components"], n_iter=5, random_state=0),
        "online": lambda: SGDClassifier(loss="log_loss", max_iter=1, tol=None, random_state=0),
    }[name]()


def run_peer(side, name, folder, threads):
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = threads
    import warnings

    import numpy as np

    warnings.filterwarnings("ignore")
    x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
    if side == "mrmr_selection":
        import pandas
        from mrmr import mrmr_classif

        count, frame = RUNS[name][1]["n_features_to_select"], pandas.DataFrame(x)
        fit = lambda rows: mrmr_classif(frame[:rows], pandas.Series(y[:rows]), K=count, n_jobs=int(threads), show_progress=False)
    else:
        fit = lambda rows: selector(name, x.shape[1]).fit(x[:rows], y[:rows])
    # Warm: imports, threads, processes.
    fit(2000)
    start = time.perf_counter()
    model = fit(len(x))
    line = {"time": time.perf_counter() - start}
    if isinstance(model, list):
        found = np.isin(np.arange(x.shape[1]), model)
    elif RUNS[name][0] in CHOICES:
        found = model.get_support()
    elif name == "online":
        found = model.predict_proba(x)
    else:
        found = model.components_
    np.save(folder / "found.npy", found)
    print(json.dumps(line))


def agreement(name, x, y, ours, theirs):
    """How near the two results are."""
    import numpy as np
    from sklearn.metrics import log_loss

    if RUNS[name][0] in CHOICES:
        return f"columns {ours.sum()} and {theirs.sum()}, {(ours & theirs).sum()} in common"
    if name == "online":
        return f"log loss {log_loss(y, ours):.5f} and {log_loss(y, theirs):.5f}"
    kept = [(((x - x.mean(0) * (name == "incremental")) @ parts.T) ** 2).sum() for parts in (ours, theirs)]
    return f"squared length kept, ours over theirs {kept[0] / kept[1]:.9f}"


def compare(name, arguments):
    import numpy as np
    import side_by_side
    import workload

    task, settings, (rows, columns), peers = RUNS[name]
    x, y = table(name, arguments.rows or rows, columns, arguments.seed)
    output = "support" if task in CHOICES else "proba" if task == "ftrl" else "components"
    measured, found = {side: [] for side in ["crm-ml", *peers]}, {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        np.save(folder / "x.npy", x)
        np.save(folder / "y.npy", y)
        for _ in range(arguments.runs):
            files = dict(x=folder / "x.npy", y=folder / "y.npy")
            line, (ours,) = workload.run(task, [output], threads=arguments.threads, settings=settings, **files)
            measured["crm-ml"].append({"time": line["fit_seconds"][0]})
            for side in peers:
                measured[side].append(side_by_side.peer("selection.py", "peer", side, name, folder, arguments.threads))
                found[side] = np.load(folder / "found.npy")
    print(f"\n{name}: {len(x):,} x {columns}, {settings}, {arguments.runs} runs in turn, {arguments.threads} threads")
    for side in measured:
        near = agreement(name, x, y, ours, found[side]) if side in found else ""
        print(f"  {side:24}{side_by_side.compared(measured, ['crm-ml'], side, 'time', 's')}  {near}", flush=True)


def main():
    import side_by_side

    def extend(parser):
        parser.add_argument("--rows", type=int, help="rows, where not the usual number of the run")

    arguments = side_by_side.arguments(__doc__, list(RUNS), extend)
    side_by_side.versions(["scikit-learn", "mrmr_selection", "numpy"])
    for name in arguments.only.split(","):
        compare(name, arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == ["peer"]:
        run_peer(sys.argv[2], sys.argv[3], Path(sys.argv[4]), sys.argv[5])
    else:
        main()
