"""One run of one peer of clusters.py in a process of its own.

python cluster_peer.py PEER FOLDER THREADS reads run.json, x.npy and init.npy (where there is one) in FOLDER, writes labels.npy and prints a
JSON line.
"""

import json
import os
import re
import sys
import time
import warnings
from pathlib import Path

PEER, FOLDER, THREADS = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "PARLAY_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import numpy as np

warnings.filterwarnings("ignore")


def memory(field):
    """Bytes of VmRSS or VmHWM."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) * 1024


def kmeans(x, init, settings, algorithm="lloyd"):
    if PEER == "scikit-learn-intelex":
        from sklearnex.cluster import KMeans
    else:
        from sklearn.cluster import KMeans
    model = KMeans(len(init), init=init, n_init=1, algorithm=algorithm, **settings)

    def fit():
        model.fit(x)
        return dict(inertia=float(model.inertia_), n_iter=int(model.n_iter_)), model.labels_

    return fit


def faiss_kmeans(x, init, settings):
    """In f32 and without a rule to stop: as many iterations as are asked for, at most 30."""
    import faiss
    faiss.omp_set_num_threads(THREADS)
    narrow, start = x.astype(np.float32), init.astype(np.float32)
    model = faiss.Kmeans(x.shape[1], len(init), niter=min(settings["max_iter"], 30), max_points_per_centroid=len(x),
                         min_points_per_centroid=1)

    def fit():
        model.train(narrow, init_centroids=start)
        return dict(inertia=float(model.obj[-1])), model.index.search(narrow, 1)[1][:, 0]

    return fit


def mixture(x, init, settings):
    """The means of init, weights 1/k, every covariance that of the data."""
    from sklearn.mixture import GaussianMixture
    k, covariance, kind = len(init), np.cov(x.T, bias=True), settings["covariance_type"]
    variances = np.diag(covariance)
    precisions = {"full": lambda: np.repeat(np.linalg.inv(covariance)[None], k, axis=0), "tied": lambda: np.linalg.inv(covariance),
                  "diag": lambda: np.repeat(1 / variances[None], k, axis=0), "spherical": lambda: np.repeat(1 / variances.mean(), k)}
    model = GaussianMixture(k, weights_init=np.full(k, 1 / k), means_init=init, precisions_init=precisions[kind](), **settings)

    def fit():
        labels = model.fit_predict(x)
        return dict(n_iter=int(model.n_iter_)), labels

    return fit, lambda: dict(log_likelihood=float(model.score(x)))


def counted(labels):
    return dict(n_clusters=int(labels.max()) + 1), labels


def scikit_learn_dbscan(x, settings):
    from sklearn.cluster import DBSCAN
    return lambda: counted(DBSCAN(n_jobs=THREADS, **settings).fit(x).labels_)


def wang_dbscan(x, settings):
    """Warm: the first call starts its threads."""
    from dbscan import DBSCAN
    DBSCAN(x[:1000], **settings)
    return lambda: counted(DBSCAN(x, **settings)[0])


def by_density(x, settings):
    """Warm: the first call compiles. Neither package counts the row itself among `min_samples`."""
    own = dict(settings, min_samples=settings["min_samples"] - 1)
    if PEER == "fast_hdbscan":
        from fast_hdbscan import HDBSCAN
        model = HDBSCAN(**own)
    else:
        from hdbscan import HDBSCAN
        model = HDBSCAN(core_dist_n_jobs=THREADS, **own)
    model.fit(x[:2000])
    return lambda: counted(model.fit(x).labels_)


def fastcluster(x, settings, **_):
    """Ward from the vectors, in memory linear in the rows; other linkages from all distances."""
    import fastcluster
    from scipy.cluster.hierarchy import fcluster

    def fit():
        linkage = settings["linkage"]
        table = fastcluster.linkage_vector(x, "ward") if linkage == "ward" else fastcluster.linkage(x, linkage)
        return {}, fcluster(table, settings["n_clusters"], "maxclust")

    return fit


#: How a peer is fitted: a function of the arrays and settings that gives the work that is timed and, if there is more to tell, a
#: second function that is not.
PEERS = {
    ("kmeans", "scikit-learn"): kmeans,
    ("kmeans", "scikit-learn elkan"): lambda x, init, settings: kmeans(x, init, settings, "elkan"),
    ("kmeans", "scikit-learn-intelex"): kmeans,
    ("kmeans", "faiss"): faiss_kmeans,
    ("gaussian-mixture", "scikit-learn"): mixture,
    ("agglomerative", "fastcluster"): fastcluster,
    ("dbscan", "scikit-learn"): scikit_learn_dbscan,
    ("dbscan", "dbscan"): wang_dbscan,
    ("hdbscan", "fast_hdbscan"): by_density,
    ("hdbscan", "hdbscan"): by_density,
}


def main():
    run = json.loads((FOLDER / "run.json").read_text())
    arrays = {name: np.load(FOLDER / f"{name}.npy") for name in ("x", "init") if (FOLDER / f"{name}.npy").exists()}
    work = PEERS[run["task"], PEER](**arrays, settings=run["settings"])
    fit, after = work if isinstance(work, tuple) else (work, dict)
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    found, labels = fit()
    line = {"fit": time.perf_counter() - start, "before": before, "peak": memory("VmHWM"), **found, **after()}
    np.save(FOLDER / "labels.npy", labels)
    print(json.dumps(line))


main()
