"""One run of one peer of anomaly.py in a process of its own.

python anomaly_peer.py PEER FOLDER THREADS reads run.json and x.npy in FOLDER, writes scores.npy (the higher the odder, one row a seed) and
prints a JSON line.
"""

import json
import os
import re
import sys
import time
import warnings
from pathlib import Path

PEER, FOLDER, THREADS = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import numpy as np

warnings.filterwarnings("ignore")


def memory(field):
    """Bytes of VmRSS or VmHWM."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) * 1024


def scikit_learn_forest(seed, **settings):
    from sklearn.ensemble import IsolationForest
    model = IsolationForest(n_jobs=THREADS, random_state=seed, **settings)
    return model.fit, lambda x: -model.score_samples(x)


def isotree(seed, **settings):
    from isotree import IsolationForest
    # Its trees are seeded one after another, so that neighbouring seeds share most of them.
    model = IsolationForest(nthreads=THREADS, random_seed=1 + 100_003 * seed, **settings)
    return model.fit, model.predict


def scikit_learn_lof(_, **settings):
    from sklearn.neighbors import LocalOutlierFactor
    model = LocalOutlierFactor(n_jobs=THREADS, **settings)
    return model.fit, lambda _: -model.negative_outlier_factor_


def scikit_learn_mcd(seed, **settings):
    from sklearn.covariance import EllipticEnvelope
    model = EllipticEnvelope(random_state=seed, **settings)
    return model.fit, lambda x: -model.score_samples(x)


def pyod(name):
    def make(_, **settings):
        import importlib
        model = getattr(importlib.import_module(f"pyod.models.{name.lower()}"), name)(**settings)
        return model.fit, lambda _: model.decision_scores_
    return make


#: A task's peers: what makes a model of a seed and settings and gives its fit and its scores of the rows of the fit.
PEERS = {
    ("isolation-forest", "scikit-learn"): scikit_learn_forest,
    ("isolation-forest", "isotree"): isotree,
    ("lof", "scikit-learn"): scikit_learn_lof,
    ("robust-covariance", "scikit-learn"): scikit_learn_mcd,
    ("ecod", "pyod"): pyod("ECOD"),
    ("hbos", "pyod"): pyod("HBOS"),
}


def main():
    run = json.loads((FOLDER / "run.json").read_text())
    x, make = np.load(FOLDER / "x.npy"), PEERS[run["task"], PEER]
    fit, score = make(0, **run["settings"])
    # Warm: imports, compilers and threads.
    warm, warm_score = make(0, **run["settings"])
    warm(x[:500])
    warm_score(x[:500])
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    scores, line = [], {"fit": 0.0, "score": 0.0}
    for seed in run["seeds"]:
        fit, score = make(seed, **run["settings"])
        start = time.perf_counter()
        fit(x)
        fitted = time.perf_counter()
        scores.append(np.asarray(score(x), dtype=float))
        line["fit"] += fitted - start
        line["score"] += time.perf_counter() - fitted
    line.update(whole=line["fit"] + line["score"], before=before, peak=memory("VmHWM"))
    np.save(FOLDER / "scores.npy", np.stack(scores))
    print(json.dumps(line))


main()
