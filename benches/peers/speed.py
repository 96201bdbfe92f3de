"""Linear models, PCA and metrics beside the peers: the same arrays and settings, both sides in turn, medians of ratios (ours over theirs)."""

import argparse
import os
import statistics
import time

THREADS = int(os.environ.get("THREADS", "2"))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, str(THREADS))

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

import workload
from data import crm_like

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
    parser.add_argument("--only", default="linear,metrics")
    arguments = parser.parse_args()
    print(f"scikit-learn {sklearn.__version__}, {THREADS} threads, {arguments.rows} rows, {arguments.runs} runs in turn")
    x, y = crm_like(arguments.rows + 50_000, arguments.seed)
    data = (x[50_000:], y[50_000:], x[:50_000], y[:50_000])
    for name in arguments.only.split(","):
        if name == "metrics":
            metrics(arguments.runs)
        else:
            linear(*data, arguments.runs)


if __name__ == "__main__":
    main()
