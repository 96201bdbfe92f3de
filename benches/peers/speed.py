"""PCA, metrics and CSV beside the peers: both sides in turn, each run in a process of its own, medians of ratios (ours over theirs).

python3 speed.py                       installs the peers into a virtual environment (--venv), builds the runner, runs everything
python3 speed.py --only metrics --runs 7 --rows 1000000
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

NAMES = ["pca", "pca-20", "metrics", "csv"]
ROWS = {"pca": 100_000, "pca-20": 100_000, "metrics": 10_000_000, "csv": 1_000_000}
PEERS = {
    "pca": ["scikit-learn", "scikit-learn-intelex"],
    "pca-20": ["scikit-learn", "scikit-learn-intelex"],
    "metrics": ["scikit-learn", "numpy sort"],
    "csv": ["polars", "pyarrow"],
}


def arrays(name, rows, seed, folder):
    import numpy as np

    rng = np.random.default_rng(seed)
    if name.startswith("pca"):
        mixing = 0.3 * rng.normal(size=(200, 200)) + np.eye(200)
        np.save(folder / "x.npy", rng.normal(size=(rows, 200)) @ mixing + 3 * rng.normal(size=200))
    elif name == "metrics":
        margin = rng.normal(size=rows)
        np.save(folder / "y.npy", (rng.random(rows) < 1 / (1 + np.exp(-margin))).astype(float))
        np.save(folder / "scores.npy", 1 / (1 + np.exp(-(margin + 0.5 * rng.normal(size=rows)))))
    else:
        write_csv(folder / "table.csv", rows, rng)


def write_csv(path, rows, rng):
    """Thirty columns: an id, amounts with gaps, counts, categories, dates, times, flags."""
    import numpy as np
    import pandas as pd

    columns = {"lead_id": [f"L{v:012X}" for v in rng.integers(0, 2**40, rows)]}
    for i in range(12):
        amounts = np.round(rng.gamma(2, 50 * (i + 1), rows), 2).astype(object)
        amounts[rng.random(rows) < 0.05] = ""
        columns[f"amount_{i}"] = amounts
    for i in range(6):
        columns[f"count_{i}"] = rng.integers(0, 10 ** (i % 3 + 1), rows)
        levels = np.array([f"level {j} of {i}" for j in range(3 * (i + 1) ** 2)])
        columns[f"category_{i}"] = levels[rng.integers(0, len(levels), rows)]
    for i in range(2):
        columns[f"date_{i}"] = (np.datetime64("2018-01-01") + rng.integers(0, 2000, rows)).astype(str)
    columns["created"] = np.char.add((np.datetime64("2020-01-01T00:00:00") + rng.integers(0, 10**8, rows)).astype(str), "Z")
    columns["member"] = np.array(["yes", "no"])[rng.integers(0, 2, rows)]
    columns["note"] = np.array(["Called, will return", "No answer"])[rng.integers(0, 2, rows)]
    pd.DataFrame(columns).to_csv(path, index=False)


def peer(name, side, folder):
    """One warm run of a peer: seconds and what it found."""
    import numpy as np

    if name == "csv":
        path = str(folder / "table.csv")
        if side == "polars":
            import polars

            read = lambda: polars.read_csv(path, try_parse_dates=True)
        else:
            import pyarrow
            from pyarrow import csv

            pyarrow.set_cpu_count(int(os.environ["OMP_NUM_THREADS"]))
            read = lambda: csv.read_csv(path)
        return timed(read)[0], {}
    if name == "metrics":
        from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

        y, scores = np.load(folder / "y.npy"), np.load(folder / "scores.npy")
        if side == "numpy sort":
            return timed(lambda: np.sort(scores))[0], {}
        metrics = {"roc_auc": roc_auc_score, "average_precision": average_precision_score, "log_loss": log_loss}
        found = {metric: timed(lambda work=work: work(y, scores)) for metric, work in metrics.items()}
        return sum(seconds for seconds, _ in found.values()), {metric: float(value) for metric, (_, value) in found.items()}
    if side == "scikit-learn":
        from sklearn.decomposition import PCA
    else:
        from sklearnex.decomposition import PCA
    x = np.load(folder / "x.npy")
    fit = lambda: PCA(20 if name == "pca-20" else None, svd_solver="covariance_eigh").fit(x)
    fit()
    seconds, model = timed(fit)
    return seconds, {"first": float(model.explained_variance_[0])}


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def ours(name, folder, threads):
    import numpy as np
    import workload

    if name == "csv":
        line, _ = workload.run("read-csv", [], threads=threads, repeat=2, table=folder / "table.csv")
        return line["fit_seconds"][-1], {}
    if name == "metrics":
        settings = dict(metrics="roc_auc,average_precision,log_loss")
        files = dict(y=folder / "y.npy", scores=folder / "scores.npy")
        line, _ = workload.run("metrics", [], threads=threads, repeat=2, settings=settings, **files)
        return line["fit_seconds"][-1], line["metrics"]
    settings = dict(n_components=20) if name == "pca-20" else {}
    line, (variances,) = workload.run("pca", ["explained_variance"], threads=threads, repeat=2, settings=settings, x=folder / "x.npy")
    return line["fit_seconds"][-1], {"first": float(np.max(variances))}


def compare(name, given):
    import statistics

    import side_by_side

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        rows = given.rows or ROWS[name]
        arrays(name, rows, given.seed, folder)
        seconds, found = {}, {}
        for _ in range(given.runs):
            for side in ["crm-ml", *PEERS[name]]:
                if side == "crm-ml":
                    took, found[side] = ours(name, folder, given.threads)
                else:
                    line = side_by_side.peer("speed.py", "--peer", name, side, folder)
                    took, found[side] = line["seconds"], line["found"]
                seconds.setdefault(side, []).append(took)
        for side, times in seconds.items():
            text = f"{name:8} {rows:>10,} rows  {side:22} {statistics.median(times):8.3f} s"
            if side != "crm-ml":
                text += f"  ratio {statistics.median(a / b for a, b in zip(seconds['crm-ml'], times)):.3f}"
            print(text, found[side] or "", flush=True)


def main():
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    if sys.argv[1:2] == ["--peer"]:
        seconds, found = peer(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
        print(json.dumps({"seconds": seconds, "found": found}))
        return
    import side_by_side

    given = side_by_side.arguments(__doc__, NAMES, lambda parser: parser.add_argument("--rows", type=int))
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ[variable] = str(given.threads)
    side_by_side.versions(["numpy", "scikit-learn", "scikit-learn-intelex", "polars", "pyarrow"])
    for name in given.only.split(","):
        compare(name, given)


if __name__ == "__main__":
    main()
