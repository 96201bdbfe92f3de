"""Speed beside the peers: the same arrays and settings, both sides in turn, medians of ratios (ours over theirs)."""

import argparse
import os
import statistics
import time

THREADS = int(os.environ.get("THREADS", "2"))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, str(THREADS))

import lightgbm
import numpy as np
import sklearn
import xgboost
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

import workload

TREES = dict(rounds=200, leaves=63, rate=0.1, least=20)


def crm_like(rows, seed):
    """28 real columns, 6 counts, 6 codes of 3 to 200 levels, gaps in eight columns, 12 % positive, interactions, noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 40))
    x[:, 28:34] = rng.poisson(3, size=(rows, 6))
    for column, levels in zip(range(34, 40), [3, 6, 12, 30, 80, 200]):
        x[:, column] = rng.integers(0, levels, rows)
    signal = (
        1.2 * x[:, 0] * x[:, 1] + x[:, 2] - 0.5 * x[:, 3] ** 2 + 0.3 * x[:, 28] + np.sin(x[:, 37]) + (x[:, 34] == 1) * x[:, 4]
    )
    signal += rng.logistic(size=rows)
    y = (signal > np.quantile(signal, 0.88)).astype(np.uint8)
    for column in range(8):
        x[rng.random(rows) < 0.05, column] = np.nan
    return x, y


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def ours(task, settings, outputs, **arrays):
    def run():
        line, found = workload.run(task, outputs, threads=THREADS, settings=settings, **arrays)
        return line["fit_seconds"][0], line["predict_seconds"][0] if line["predict_seconds"] else 0.0, found[0] if found else line

    return run


def theirs(make, predict, *data):
    def run():
        fit, model = timed(lambda: make().fit(*data))
        seconds, result = timed(lambda: predict(model))
        return fit, seconds, result

    return run


def report(name, quality, own, peers, runs):
    """Alternates the sides; prints medians and ratios of fit and predict, and the quality of each side's output."""
    times = {side: [] for side in ["crm-ml", *peers]}
    outputs = {}
    for _ in range(runs):
        for side, run in {"crm-ml": own, **peers}.items():
            fit, predict, outputs[side] = run()
            times[side].append((fit, predict))
    for side in times:
        fit, predict = (statistics.median(t[i] for t in times[side]) for i in (0, 1))
        line = f"{name:26} {side:22} fit {fit:8.3f} s  predict {predict:8.3f} s"
        if side != "crm-ml":
            for i, what in enumerate(["fit", "predict"]):
                if times[side][0][i] > 1e-3 and times["crm-ml"][0][i] > 0:
                    ratio = statistics.median(a[i] / b[i] for a, b in zip(times["crm-ml"], times[side]))
                    line += f"  ours/theirs {what} {ratio:.2f}"
        if quality is not None:
            line += f"  {quality[0]} {quality[1](outputs[side]):.5f}"
        print(line, flush=True)


def boosting(x, y, x_test, y_test, runs):
    settings = dict(n_estimators=TREES["rounds"], max_leaf_nodes=TREES["leaves"], learning_rate=TREES["rate"],
                    min_samples_leaf=TREES["least"], l2_regularization=0, min_sum_hessian=1e-3)
    light = lambda **more: lightgbm.LGBMClassifier(
        n_estimators=TREES["rounds"], num_leaves=TREES["leaves"], learning_rate=TREES["rate"], max_bin=255,
        min_child_samples=TREES["least"], min_sum_hessian_in_leaf=1e-3, n_jobs=THREADS, verbose=-1, **more)
    depth = lambda: xgboost.XGBClassifier(
        n_estimators=TREES["rounds"], max_leaves=TREES["leaves"], max_depth=0, grow_policy="lossguide", tree_method="hist",
        learning_rate=TREES["rate"], max_bin=255, min_child_weight=1e-3, reg_lambda=0, n_jobs=THREADS)
    hist = lambda: HistGradientBoostingClassifier(
        max_iter=TREES["rounds"], max_leaf_nodes=TREES["leaves"], learning_rate=TREES["rate"], early_stopping=False,
        min_samples_leaf=TREES["least"])
    proba = lambda model: model.predict_proba(x_test)[:, 1]
    run = ours("gradient-boosting", settings, ["proba"], x=x, y=y, x_test=x_test)
    report("boosting", ("log loss", lambda p: log_loss(y_test, p if p.ndim == 1 else p[:, 1])), run, {
        "LightGBM": theirs(light, proba, x, y),
        "LightGBM quantised": theirs(lambda: light(use_quantized_grad=True), proba, x, y),
        "XGBoost": theirs(depth, proba, x, y),
        "scikit-learn": theirs(hist, proba, x, y),
    }, runs)
    few = x_test[:2000]
    run = ours("tree-shap", settings, ["contributions"], x=x[:20000], y=y[:20000], x_test=few)
    light_small, deep_small = light().fit(x[:20000], y[:20000]), depth().fit(x[:20000], y[:20000])
    report("TreeSHAP, 2,000 rows", None, run, {
        "LightGBM": lambda: (0.0, timed(lambda: light_small.predict(few, pred_contrib=True))[0], None),
        "XGBoost": lambda: (0.0, timed(lambda: deep_small.get_booster().predict(xgboost.DMatrix(few), pred_contribs=True))[0], None),
    }, runs)


def forest(x, y, x_test, y_test, runs):
    settings = dict(n_estimators=20, max_depth=20, max_features="sqrt", min_samples_leaf=1)
    filled, filled_test = np.nan_to_num(x), np.nan_to_num(x_test)
    make = lambda: RandomForestClassifier(20, max_depth=20, n_jobs=THREADS)
    run = ours("random-forest", settings, ["proba"], x=filled, y=y, x_test=filled_test)
    report("forest, 20 trees", ("AUC", lambda p: roc_auc_score(y_test, p[:, 1])), run, {
        "scikit-learn": theirs(make, lambda m: m.predict_proba(filled_test), filled, y)}, runs)


def linear(x, y, x_test, y_test, runs):
    filled, filled_test = np.nan_to_num(x), np.nan_to_num(x_test)
    mean, deviation = filled.mean(axis=0), filled.std(axis=0)
    filled, filled_test = (filled - mean) / deviation, (filled_test - mean) / deviation
    run = ours("logistic", dict(C=1.0, tol=1e-8), ["proba"], x=filled, y=y, x_test=filled_test)
    peers = {
        f"scikit-learn {solver}": theirs(lambda solver=solver: LogisticRegression(C=1.0, solver=solver, tol=1e-8, max_iter=1000),
                                         lambda m: m.predict_proba(filled_test), filled, y)
        for solver in ("newton-cholesky", "lbfgs")
    }
    report("logistic", ("log loss", lambda p: log_loss(y_test, p[:, 1])), run, peers, runs)
    for shape in [(len(filled), 40), (20000, 500)]:
        data = filled if shape[1] == 40 else np.random.default_rng(1).normal(size=shape)
        run = ours("pca", dict(n_components=10), ["transformed"], x=data)
        report(f"PCA {shape[0]} x {shape[1]}", None, run, {
            f"scikit-learn {solver}": theirs(lambda solver=solver: PCA(10, svd_solver=solver), lambda m: m.transform(data), data)
            for solver in ("covariance_eigh", "full")
        }, runs)


def metrics(runs):
    rng = np.random.default_rng(3)
    y = (rng.random(2_000_000) < 0.1).astype(np.uint8)
    scores = np.round(rng.normal(size=len(y)) + y, 4)
    run = ours("metrics", dict(metrics="roc_auc"), [], y=y, scores=scores)
    report("AUC, 2,000,000 rows", None, run, {"scikit-learn": lambda: (timed(lambda: roc_auc_score(y, scores))[0], 0.0, None)}, runs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="boosting,forest,linear,metrics")
    arguments = parser.parse_args()
    print(f"scikit-learn {sklearn.__version__}, LightGBM {lightgbm.__version__}, XGBoost {xgboost.__version__}, "
          f"{THREADS} threads, {arguments.rows} rows, {arguments.runs} runs in turn")
    x, y = crm_like(arguments.rows + 50_000, arguments.seed)
    data = (x[50_000:], y[50_000:], x[:50_000], y[:50_000])
    for name in arguments.only.split(","):
        if name == "metrics":
            metrics(arguments.runs)
        else:
            {"boosting": boosting, "forest": forest, "linear": linear}[name](*data, arguments.runs)


if __name__ == "__main__":
    main()
