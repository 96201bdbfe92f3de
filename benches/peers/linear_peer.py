"""One run of one peer of linear.py in a process of its own.

python linear_peer.py PEER FOLDER THREADS reads run.json, x.npy and y.npy in FOLDER, writes coef.npy and intercept.npy (and alphas.npy) and
prints a JSON line.
"""

import json
import os
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

PEER, FOLDER, THREADS = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import numpy as np

warnings.filterwarnings("ignore")


def memory(field):
    """Bytes of VmRSS or VmHWM."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) * 1024


def one_hot(x, codes, dense):
    """What scikit-learn's users fit: indicators beside the reals, in CSR; making them is not timed."""
    import scipy.sparse as sp
    from sklearn.preprocessing import OneHotEncoder

    reals = [j for j in range(x.shape[1]) if j not in codes]
    indicators = OneHotEncoder().fit_transform(x[:, codes])
    joined = sp.hstack([sp.csr_matrix(x[:, reals]), indicators]).tocsr()
    return joined.toarray() if dense else joined


def logistic(x, y, run):
    solver = PEER.split()[-1] if "intelex" in PEER else PEER.split()[0]
    if "one-hot" in PEER:
        x = one_hot(x, run["codes"], dense=solver == "newton-cholesky")
    if "intelex" in PEER:
        from sklearnex.linear_model import LogisticRegression
    else:
        from sklearn.linear_model import LogisticRegression
    model = LogisticRegression(solver=solver, max_iter=2000, **run["settings"])
    return lambda: (model.fit(x, y).coef_, model.intercept_)


def lasso_path(x, y, run):
    """The path has no intercept: centring (into the layout it wants) is part of the work."""
    from sklearn.linear_model import lasso_path as path

    def fit():
        means, level = x.mean(0), y.mean()
        precompute = True if "Gram" in PEER else "auto"
        alphas, coef, _ = path(np.asfortranarray(x - means), y - level, precompute=precompute, max_iter=10_000, **run["settings"])
        return coef.T, level - coef.T @ means, alphas

    return fit


def glmnet(x, y, threshold="1e-7"):
    """R's glmnet; it times itself, because reading the numbers is not its work."""
    x.T.tofile(FOLDER / "x")
    y.tofile(FOLDER / "y")
    words = [str(FOLDER), *map(str, x.shape), threshold]
    done = subprocess.run(["Rscript", str(Path(__file__).with_suffix(".R")), *words], capture_output=True, text=True, check=True)
    seconds, before, peak = map(float, done.stdout.split())
    coef = np.fromfile(FOLDER / "coef").reshape(-1, x.shape[1])
    answer = coef, np.fromfile(FOLDER / "intercept"), np.fromfile(FOLDER / "alphas")
    return answer, {"fit": seconds, "before": before, "peak": peak}


def poisson(x, y, run):
    from sklearn.linear_model import PoissonRegressor

    model = PoissonRegressor(solver=PEER, max_iter=2000, **run["settings"])
    return lambda: (model.fit(x, y).coef_, np.array([model.intercept_]))


def ridge(x, y, run):
    from sklearn.linear_model import Ridge

    model = Ridge(solver=PEER, **run["settings"])
    return lambda: (model.fit(x, y).coef_, np.array([model.intercept_]))


def main():
    run = json.loads((FOLDER / "run.json").read_text())
    x, y = np.load(FOLDER / "x.npy"), np.load(FOLDER / "y.npy")
    if "glmnet" in PEER:
        answer, line = glmnet(x, y)
    else:
        fit = {"logistic": logistic, "lasso-path": lasso_path, "poisson": poisson, "ridge": ridge}[run["task"]](x, y, run)
        before = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        start = time.perf_counter()
        answer = fit()
        line = {"fit": time.perf_counter() - start, "before": before, "peak": memory("VmHWM")}
    for name, array in zip(("coef", "intercept", "alphas"), answer):
        np.save(FOLDER / f"{name}.npy", array)
    print(json.dumps(line))


main()
