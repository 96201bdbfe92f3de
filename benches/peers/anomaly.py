"""Outlier detectors beside the peers: how fast they are, and how well they find the known outliers of labelled sets.

python3 anomaly.py            installs the peers into a virtual environment (--venv), builds the runner, runs everything
python3 anomaly.py --only forest,lof --runs 5 --rows 100000
CRM_ML_DATA=/path/to/data python3 anomaly.py --only sets --seeds 10 [--sets thyroid,satellite]

Speed: all sides in turn, each run in a process of its own, medians of ratios (ours over theirs). Sets: mean and deviation over the seeds
of the area under the ROC curve and of the average precision, a Markdown table a set.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import side_by_side

TREES = dict(n_estimators=100)
#: Where a peer scores the rows of the fit in the fit.
WHOLE = ("whole",)
#: What is run: rows and columns, our task and its settings, the peers and theirs, and the times that both sides have where not all.
RUNS = {
    "forest": dict(shape=(500_000, 20), task="isolation-forest", settings=dict(n_estimators=100, max_samples=256),
                   peers={"scikit-learn": dict(TREES, max_samples=256), "isotree": dict(ntrees=100, sample_size=256)}),
    "forest-extended": dict(shape=(500_000, 20), task="isolation-forest", settings=dict(n_estimators=100, max_samples=256, ndim=2),
                            peers={"isotree": dict(ntrees=100, sample_size=256, ndim=2)}),
    "lof": dict(fields=WHOLE, shape=(50_000, 10), task="lof", settings=dict(n_neighbors=20), peers={"scikit-learn": dict(n_neighbors=20)}),
    "ecod": dict(fields=WHOLE, shape=(1_000_000, 20), task="ecod", settings={}, peers={"pyod": {}}),
    "hbos": dict(fields=WHOLE, shape=(1_000_000, 20), task="hbos", settings=dict(n_bins=10), peers={"pyod": dict(n_bins=10)}),
    "robust-covariance": dict(shape=(50_000, 10), task="robust-covariance", settings={}, peers={"scikit-learn": {}}),
}

#: Our variants on the labelled sets.
GUIDED = dict(prob_pick_pooled_gain=1.0)
OURS = {
    "standard": {},
    "extended": dict(ndim=2),
    "guided, pooled gain": GUIDED,
    "guided, averaged gain": dict(prob_pick_avg_gain=1.0),
    "half guided": dict(prob_pick_pooled_gain=0.5),
    "random cut": dict(column_choice="range"),
    "random cut, unlimited": dict(column_choice="range", max_depth="none"),
    "by kurtosis": dict(column_choice="kurtosis"),
    "extended, by range": dict(ndim=2, column_choice="range"),
    "extended, guided (FCF)": dict(GUIDED, ndim=2, max_samples=32),
    "extended, guided (SCiForest)": dict(ndim=2, ntry=10, prob_pick_avg_gain=1.0),
}
#: The peers: scikit-learn's defaults, isotree set like them, isotree's own, and what its authors recommend.
THEIRS = {
    "scikit-learn": ("scikit-learn", TREES),
    "isotree like scikit-learn": ("isotree", dict(ntrees=100, sample_size=256)),
    "isotree defaults": ("isotree", {}),
    "isotree extended": ("isotree", dict(ntrees=100, sample_size=256, ndim=2)),
    "isotree FCF": ("isotree", dict(ntrees=100, sample_size=32, ndim=2, prob_pick_pooled_gain=1.0)),
    "isotree SCiForest": ("isotree", dict(ntrees=100, sample_size=256, ndim=2, ntry=10, prob_pick_avg_gain=1.0, max_depth=8,
                                          coefs="normal", penalize_range=True)),
}
SETS = ["mammography", "thyroid", "satellite", "shuttle"]


def accounts(rows, columns, seed):
    """Correlated, skewed and whole-numbered columns, and one row in a hundred far out in two of them."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) @ (np.eye(columns) + 0.3 * rng.normal(size=(columns, columns)))
    x[:, columns // 2 : 3 * columns // 4] = np.exp(0.5 * x[:, columns // 2 : 3 * columns // 4])
    x[:, 3 * columns // 4 :] = np.round(3 * x[:, 3 * columns // 4 :])
    odd = rng.choice(rows, rows // 100, replace=False)
    for _ in range(2):
        x[odd, rng.integers(0, columns, len(odd))] += rng.choice([-12, 12], len(odd))
    return x


def peer(side, folder, x, task, settings, seeds, threads):
    """A peer's line, and its scores, one row a seed."""
    import numpy as np

    if x is not None:
        np.save(folder / "x.npy", x)
    (folder / "run.json").write_text(json.dumps(dict(task=task, settings=settings, seeds=seeds)))
    line = side_by_side.peer("anomaly_peer.py", side, folder, threads)
    return line, np.load(folder / "scores.npy")


def compare(name, arguments):
    import numpy as np

    import workload

    run = RUNS[name]
    rows, columns = run["shape"]
    x = accounts(arguments.rows or rows, columns, arguments.seed)
    measured, scores = {side: [] for side in ["crm-ml", *run["peers"]]}, {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        np.save(folder / "x.npy", np.ascontiguousarray(x))
        for _ in range(arguments.runs):
            line, found = workload.run(run["task"], ["scores"], threads=arguments.threads, settings=run["settings"], x=folder / "x.npy")
            line.update(fit=line["fit_seconds"][0], score=sum(line["predict_seconds"]), before=line["rss_before_fit_bytes"],
                        peak=line["peak_rss_bytes"])
            line["whole"] = line["fit"] + line["score"]
            measured["crm-ml"].append(line)
            scores["crm-ml"] = found[0]
            for side, settings in run["peers"].items():
                line, found = peer(side, folder, None, run["task"], settings, [arguments.seed], arguments.threads)
                measured[side].append(line)
                scores[side] = found[0]
    shape = " x ".join(f"{size:,}" for size in x.shape)
    print(f"\n{name}: {shape}, {run['settings']}, {arguments.runs} runs in turn, {arguments.threads} threads")
    for side, lines in measured.items():
        text = "".join(side_by_side.compared(measured, ["crm-ml"], side, field, "s") for field in run.get("fields", ("fit", "score", "whole")))
        text += side_by_side.memory(lines)
        if side != "crm-ml":
            text += f"  rank correlation {correlation(scores['crm-ml'], scores[side]):.4f}"
        print(f"  {side:14}{text}", flush=True)


def correlation(ours, theirs):
    from scipy.stats import spearmanr

    return spearmanr(ours, theirs).statistic


def labelled_sets(arguments):
    """A table a set, and for each variant the mean over the sets, and over all sets but one."""
    import numpy as np
    import pandas as pd

    folder = os.environ.get("CRM_ML_DATA")
    if folder is None:
        sys.exit("set CRM_ML_DATA to the folder of the data sets")
    seeds, means = list(range(arguments.seeds)), {}
    for name in arguments.sets.split(","):
        table = pd.read_csv(Path(folder) / f"anomaly_{name}.csv")
        x = np.ascontiguousarray(table.drop(columns="label").to_numpy(dtype=float))
        found = measured(x, table["label"].to_numpy(), seeds, arguments.threads)
        print(f"\n{name}, {x.shape[0]:,} x {x.shape[1]}, {len(seeds)} seeds\n\n| | AUC | deviation | average precision | deviation |")
        print("|---|---|---|---|---|")
        for side, values in found.items():
            mean, deviation = values.mean(axis=0), values.std(axis=0, ddof=1)
            print(f"| {side} | {mean[0]:.4f} | {deviation[0]:.4f} | {mean[1]:.4f} | {deviation[1]:.4f} |", flush=True)
            means.setdefault(side, []).append(mean)
        best = max(found[side][:, 0].mean() for side in THEIRS if side in ("scikit-learn", "isotree like scikit-learn"))
        ours = found["crm-ml standard"][:, 0]
        print(f"\nThe default's mean AUC minus that of the better peer: {ours.mean() - best:+.4f} (deviation {ours.std(ddof=1):.4f})")
    left_out(arguments.sets.split(","), {side: np.array(values) for side, values in means.items()})


def measured(x, y, seeds, threads):
    """For every side: seeds x (AUC, average precision)."""
    import numpy as np
    from sklearn.metrics import average_precision_score, roc_auc_score

    import workload

    def quality(all_scores):
        return np.array([[roc_auc_score(y, scores), average_precision_score(y, scores)] for scores in all_scores])

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        np.save(folder / "x.npy", x)
        for variant, settings in OURS.items():
            runs = [workload.run("isolation-forest", ["scores"], threads=threads, settings=dict(settings, seed=seed), x=folder / "x.npy")
                    for seed in seeds]
            found[f"crm-ml {variant}"] = quality([scores for _, (scores,) in runs])
        for name, (side, settings) in THEIRS.items():
            found[name] = quality(peer(side, folder, None, "isolation-forest", settings, seeds, threads)[1])
    return found


def left_out(names, means):
    """Which variant has the best mean over the sets, and over those that are left when each is left out in turn."""
    print("\n| mean over the sets | AUC | average precision |\n|---|---|---|")
    for side, values in means.items():
        print(f"| {side} | {values[:, 0].mean():.4f} | {values[:, 1].mean():.4f} |")
    ours = {side: values for side, values in means.items() if side.startswith("crm-ml")}
    for out in range(len(names) if len(names) > 1 else 0):
        kept = [place for place in range(len(names)) if place != out]
        best = [max(ours, key=lambda side: ours[side][kept, measure].mean()) for measure in (0, 1)]
        standard = [ours["crm-ml standard"][out, measure] for measure in (0, 1)]
        gain = [ours[side][out, measure] - standard[measure] for measure, side in enumerate(best)]
        print(f"\nWithout {names[out]} the best are {best[0]} (AUC) and {best[1]} (average precision); "
              f"on {names[out]} they gain {gain[0]:+.4f} and {gain[1]:+.4f} over the standard.")


def main():
    def extend(parser):
        parser.add_argument("--rows", type=int, help="rows, where not the usual number of the workload")
        parser.add_argument("--seeds", type=int, default=10)
        parser.add_argument("--sets", default=",".join(SETS))

    arguments = side_by_side.arguments(__doc__, [*RUNS, "sets"], extend)
    side_by_side.versions(["scikit-learn", "isotree", "pyod", "numpy"])
    for name in arguments.only.split(","):
        if name == "sets":
            labelled_sets(arguments)
        else:
            compare(name, arguments)


if __name__ == "__main__":
    main()
