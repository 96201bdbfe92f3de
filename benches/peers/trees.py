"""Trees beside the peers: every workload, both sides in turn, each run in a process of its own, medians of ratios (ours over theirs).

python3 trees.py              installs the peers into a virtual environment (--venv), builds the runner, runs everything
python3 trees.py --only a,forest --runs 5 --seed 7 --rows 100000
"""

import tempfile
from pathlib import Path

import side_by_side

BOOSTING = dict(n_estimators=200, max_leaf_nodes=63, learning_rate=0.1, min_samples_leaf=20, l2_regularization=0,
                min_sum_hessian=1e-3)
FOREST = dict(n_estimators=100, max_depth=20, max_features="sqrt", min_samples_leaf=1)
#: Our sides: what they change in the settings of a workload.
OURS = {"crm-ml": {}, "crm-ml symmetric": dict(grow_policy="symmetric", max_leaf_nodes=64)}
BOOSTERS = ["LightGBM", "LightGBM quantised", "XGBoost", "XGBoost depth 6", "scikit-learn", "CatBoost"]

#: What is run: workload, our task, its settings, the peers' task, the peers, rows (training, test).
RUNS = {
    "a": ("a", "gradient-boosting", BOOSTING, "fit", BOOSTERS, None),
    "b": ("b", "gradient-boosting", BOOSTING, "fit",
          ["LightGBM", "LightGBM quantised", "XGBoost", "XGBoost depth 6", "CatBoost"], None),
    "d": ("d", "gradient-boosting", BOOSTING, "fit", ["LightGBM", "LightGBM quantised", "XGBoost", "CatBoost"], None),
    "codes": ("codes", "gradient-boosting", BOOSTING, "codes", ["LightGBM", "CatBoost"], None),
    "effects": ("effects", "gradient-boosting", BOOSTING, "codes", ["LightGBM", "CatBoost"], None),
    "forest": ("a", "random-forest", FOREST, "fit",
               ["scikit-learn-intelex forest", "scikit-learn forest", "XGBoost forest"], None),
    "shap": ("a", "tree-shap", BOOSTING, "shap", ["LightGBM", "XGBoost"], 10_000),
    "single": ("a", "single-row", BOOSTING, "single", ["LightGBM"], None),
}


def ours(workload, task, settings, outputs, threads, arrays, codes):
    line, found = workload.run(task, outputs, threads=threads, settings=settings, categorical=codes, **arrays)
    result = {"fit": line["fit_seconds"][0], "predict": line["predict_seconds"][0], "before": line["rss_before_fit_bytes"],
              "peak": line["peak_rss_bytes"]}
    if "p50_ns" in line:
        result.update(p50=line["p50_ns"], p99=line["p99_ns"], predict=None)
    return result, found


def compare(name, arguments):
    import numpy as np
    from sklearn.metrics import log_loss, roc_auc_score

    import data
    import workload

    kind, task, settings, peer_task, peers, few = RUNS[name]
    (x, y), (x_test, y_test), codes = data.make(kind, arguments.seed, arguments.rows)
    x_test, y_test = (x_test[:few], y_test[:few]) if few else (x_test, y_test)
    if task == "random-forest":
        # Not all of these take missing values.
        medians = np.nanmedian(x, axis=0)
        x, x_test = (np.where(np.isnan(part), medians, part) for part in (x, x_test))
    own = OURS if task == "gradient-boosting" else {"crm-ml": {}}
    measured, quality = {side: [] for side in [*own, *peers]}, {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for array_name, array in dict(x=x, y=y, x_test=x_test, codes=np.array(codes)).items():
            np.save(folder / f"{array_name}.npy", np.ascontiguousarray(array))
        outputs = ["proba"] if task != "tree-shap" else []
        for _ in range(arguments.runs):
            arrays = dict(x=x, y=y, x_test=x_test)
            for side, change in own.items():
                line, found = ours(workload, task, {**settings, **change}, outputs, arguments.threads, arrays, codes)
                measured[side].append(line)
                if found:
                    quality[side] = found[0][:, 1]
            for side in peers:
                measured[side].append(side_by_side.peer("peer.py", side, peer_task, folder, arguments.threads))
                if peer_task in ("fit", "codes"):
                    quality[side] = np.load(folder / "proba.npy")
    print(f"\n{name}: {len(x):,} x {x.shape[1]}, {task}, {arguments.runs} runs in turn, {arguments.threads} threads")
    losses = {side: log_loss(y_test, np.clip(p.astype(float), 1e-15, 1 - 1e-15)) for side, p in quality.items()}
    best = min((loss for side, loss in losses.items() if side not in own), default=None)
    for side, lines in measured.items():
        text = f"  {side:28}"
        for field, unit in [("fit", "s"), ("predict", "s"), ("p50", "ns"), ("p99", "ns")]:
            text += side_by_side.compared(measured, list(own), side, field, unit)
        text += side_by_side.memory(lines)
        if side in losses:
            text += f"  log loss {losses[side]:.5f}, AUC {roc_auc_score(y_test, quality[side]):.4f}"
            if side not in own and task == "gradient-boosting":
                text += "" if losses[side] <= 1.005 * best else "  (does not count)"
        print(text, flush=True)


def main():
    rows = "training rows, where not the usual number of the workload"
    arguments = side_by_side.arguments(__doc__, RUNS, lambda parser: parser.add_argument("--rows", type=int, help=rows))
    side_by_side.versions(["lightgbm", "xgboost", "scikit-learn", "scikit-learn-intelex", "catboost", "numpy"])
    for name in arguments.only.split(","):
        compare(name, arguments)


if __name__ == "__main__":
    main()
