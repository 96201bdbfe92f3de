"""Accuracy beside scikit-learn, LightGBM and XGBoost on real data: repeated stratified 5-fold, the same folds and settings."""

import argparse
import os
import sys
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import sklearn
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

import workload

METRICS = {
    "auc": (lambda y, p: roc_auc_score(y, p), 1),
    "log loss": (lambda y, p: log_loss(y, p), -1),
    "accuracy": (lambda y, p: accuracy_score(y, p > 0.5), 1),
}


def bank(folder):
    table = pd.read_csv(folder / "bank_marketing.csv.gz").drop(columns="duration")
    return table.drop(columns="y"), (table["y"] == "yes").to_numpy().astype(np.uint8)


def telco(folder):
    table = pd.read_csv(folder / "telco_churn.csv").drop(columns="customerID")
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    return table.drop(columns="Churn"), (table["Churn"] == "Yes").to_numpy().astype(np.uint8)


def hillstrom(folder):
    table = pd.read_csv(folder / "hillstrom.csv.gz")
    return table.drop(columns=["visit", "conversion", "spend"]), table["visit"].to_numpy().astype(np.uint8)


def labelled(name):
    """A set of numbers whose rare class is marked."""
    def load(folder):
        table = pd.read_csv(folder / f"anomaly_{name}.csv")
        return table.drop(columns="label"), table["label"].to_numpy().astype(np.uint8)
    return load


LOADERS = {"telco": telco, "bank": bank, "hillstrom": hillstrom,
           **{name: labelled(name) for name in ("mammography", "thyroid", "satellite", "shuttle")}}


def as_codes(table):
    """Numbers as they are, categories as codes: what trees are given."""
    columns = [c if pd.api.types.is_numeric_dtype(c) else c.astype("category").cat.codes for _, c in table.items()]
    return np.column_stack([np.asarray(c, dtype=float) for c in columns])


def as_indicators(table):
    """Categories as indicators, everything standardised: what a linear model is given."""
    x = pd.get_dummies(table, drop_first=False).astype(float)
    x = x.fillna(x.median())
    return ((x - x.mean()) / x.std(ddof=0).replace(0, 1)).to_numpy()


def models(seed):
    """Task, settings of crm-ml, the peers, and the features each model takes."""
    boosting = dict(n_estimators=100, learning_rate=0.1, max_leaf_nodes=31, min_samples_leaf=20, min_sum_hessian=1e-3)
    common = dict(n_estimators=100, learning_rate=0.1, num_leaves=31, min_child_samples=20, min_sum_hessian_in_leaf=1e-3)
    quiet = dict(n_jobs=2, verbose=-1, random_state=seed)
    return {
        "logistic": (
            dict(C=1.0, tol=1e-8, max_iter=200),
            {"scikit-learn": lambda: LogisticRegression(C=1.0, max_iter=5000)},
            "indicators",
        ),
        "random-forest": (
            dict(n_estimators=100, min_samples_leaf=5, max_features="sqrt", seed=seed),
            {
                "scikit-learn": lambda: RandomForestClassifier(100, min_samples_leaf=5, n_jobs=2, random_state=seed),
                "LightGBM": lambda: lightgbm.LGBMClassifier(
                    boosting_type="rf", n_estimators=100, num_leaves=255, min_child_samples=5, bagging_freq=1,
                    bagging_fraction=0.632, feature_fraction_bynode=0.25, **quiet,
                ),
            },
            "codes",
        ),
        "gradient-boosting": (
            dict(l2_regularization=0.0, seed=seed, **boosting),
            {
                "scikit-learn": lambda: HistGradientBoostingClassifier(
                    max_iter=100, learning_rate=0.1, max_leaf_nodes=31, min_samples_leaf=20, l2_regularization=0.0,
                    early_stopping=False, random_state=seed,
                ),
                "LightGBM": lambda: lightgbm.LGBMClassifier(**common, **quiet),
                "XGBoost": lambda: xgboost.XGBClassifier(
                    n_estimators=100, learning_rate=0.1, max_leaves=31, max_depth=0, grow_policy="lossguide", tree_method="hist",
                    min_child_weight=1e-3, reg_lambda=0, n_jobs=2,
                ),
            },
            "codes",
        ),
    }


def compare(name, table, y, repeats, wanted):
    features = {"codes": as_codes(table), "indicators": as_indicators(table)}
    folds = list(RepeatedStratifiedKFold(n_splits=5, n_repeats=repeats, random_state=0).split(y, y))
    for task, (settings, peers, kind) in models(0).items():
        if task not in wanted:
            continue
        x = features[kind]
        scores = {side: {m: [] for m in METRICS} for side in ["crm-ml", *peers]}
        for train, test in folds:
            proba = {side: make().fit(x[train], y[train]).predict_proba(x[test])[:, 1] for side, make in peers.items()}
            _, (ours,) = workload.run(task, ["proba"], settings=settings, x=x[train], y=y[train], x_test=x[test])
            proba["crm-ml"] = ours[:, 1]
            for side, p in proba.items():
                for metric, (score, _) in METRICS.items():
                    scores[side][metric].append(score(y[test], p))
        for metric, (_, sign) in METRICS.items():
            mean = {side: float(np.mean(values[metric])) for side, values in scores.items()}
            lower = min(peers, key=lambda side: sign * mean[side])
            difference = sign * (np.array(scores["crm-ml"][metric]) - np.array(scores[lower][metric]))
            error = difference.std(ddof=1) / np.sqrt(len(difference))
            verdict = "ok" if difference.mean() >= -2 * error else "BELOW"
            sides = "  ".join(f"{side} {value:.5f}" for side, value in mean.items())
            print(f"{name:11} {task:18} {metric:9} {sides}  better than {lower} by {difference.mean():+.5f} "
                  f"(se {error:.5f}) {verdict}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--data", type=Path, default=os.environ.get("CRM_ML_DATA"))
    parser.add_argument("--sets", default=",".join(LOADERS))
    parser.add_argument("--models", default="logistic,random-forest,gradient-boosting")
    arguments = parser.parse_args()
    if arguments.data is None:
        sys.exit("set CRM_ML_DATA to the folder of the data sets, or give --data")
    print(f"scikit-learn {sklearn.__version__}, LightGBM {lightgbm.__version__}, XGBoost {xgboost.__version__}, {arguments.repeats} x 5 folds")
    for name in arguments.sets.split(","):
        compare(name, *LOADERS[name](Path(arguments.data)), arguments.repeats, arguments.models.split(","))


if __name__ == "__main__":
    main()
