"""Known clusters found again: adjusted Rand scores of crm-ml and scikit-learn on the labelled sets of clustering_fcps.csv.

CRM_ML_DATA=/path/to/data python shapes.py, in the environment of the peers, with the runner built. Both sides have the same settings and
the number of clusters that is known; k-means and mixtures draw their starts by ways of their own (10 each).
"""

import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

import workload

STARTS = 10


def methods(x, k):
    """Name, our task and settings, scikit-learn's labels."""
    # The distance to the fifth neighbour that 98 of 100 rows keep within.
    eps = float(np.quantile(NearestNeighbors(n_neighbors=5).fit(x).kneighbors(x)[0][:, -1], 0.98))
    linked = {name: (name, "agglomerative", dict(n_clusters=k, linkage=name),
                     lambda name=name: AgglomerativeClustering(k, linkage=name).fit_predict(x))
              for name in ("ward", "average", "complete", "single")}
    return [
        ("k-means", "kmeans", dict(n_clusters=k, n_init=STARTS), lambda: KMeans(k, n_init=STARTS, random_state=0).fit_predict(x)),
        ("mixture", "gaussian-mixture", dict(n_components=k, n_init=STARTS),
         lambda: GaussianMixture(k, n_init=STARTS, random_state=0).fit_predict(x)),
        ("DBSCAN", "dbscan", dict(eps=eps, min_samples=5), lambda: DBSCAN(eps=eps, min_samples=5).fit_predict(x)),
        ("HDBSCAN", "hdbscan", dict(min_cluster_size=10), lambda: HDBSCAN(min_cluster_size=10, copy=True).fit_predict(x)),
        *linked.values(),
    ]


def main():
    warnings.simplefilter("ignore")
    folder = os.environ.get("CRM_ML_DATA")
    if folder is None:
        sys.exit("set CRM_ML_DATA to the folder of the data sets")
    table = pd.read_csv(Path(folder) / "clustering_fcps.csv")
    print(f"scikit-learn {sklearn.__version__}; adjusted Rand score of crm-ml / scikit-learn\n")
    header = None
    for name, rows in table.groupby("dataset", sort=False):
        x = np.ascontiguousarray(rows[["x1", "x2", "x3"]].dropna(axis=1).to_numpy())
        truth, cells = rows["label"].to_numpy(), []
        all_methods = methods(x, len(np.unique(truth)))
        if header is None:
            header = [method for method, *_ in all_methods]
            print(f"| set | {' | '.join(header)} |\n|---|{'---|' * len(header)}")
        for _, task, settings, theirs in all_methods:
            _, (labels,) = workload.run(task, ["labels"], settings=settings, x=x)
            cells.append(f"{adjusted_rand_score(truth, labels):.3f} / {adjusted_rand_score(truth, theirs()):.3f}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
