"""Linear models beside the peers: every workload, all sides in turn, each run in a process of its own, medians of ratios (ours over theirs).

python3 linear.py           installs the peers into a virtual environment (--venv), builds the runner, runs everything
python3 linear.py --only dense,categories --runs 5 --seed 7

All sides must reach the same optimum: the objective of every side and the largest gradient entry (for L1, what violates optimality) are
worked out here, in numpy, from the coefficients that it gives.
"""

import json
import shutil
import tempfile
from pathlib import Path

import side_by_side


def dense(rows, columns, seed):
    """Columns of different units and means, classes of unequal size."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) * np.exp(rng.normal(size=columns)) + rng.normal(size=columns)
    effects = 0.3 * rng.normal(size=columns) / x.std(0)
    y = (x - x.mean(0)) @ effects + rng.logistic(size=rows) > 1
    return dict(x=x, y=y.astype(float)), []


def correlated(rows, columns, seed):
    """Columns that share a few causes: what first-order solvers like least."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) + 2 * rng.normal(size=(rows, 5)) @ rng.normal(size=(5, columns))
    y = x @ (0.2 * rng.normal(size=columns)) + rng.logistic(size=rows) > 0.5
    return dict(x=x, y=y.astype(float)), []


def categories(rows, reals, seed, levels=(200, 80, 30, 10, 7, 3)):
    """Reals, and categories of skewed levels in the last columns."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, reals))
    codes = np.stack([np.minimum((rng.exponential(0.3, rows) * count).astype(int), count - 1) for count in levels], axis=1)
    codes[: max(levels)] = np.arange(max(levels))[:, None] % np.array(levels)
    margin = x @ (0.2 * rng.normal(size=reals)) + sum(0.4 * rng.normal(size=count)[codes[:, j]] for j, count in enumerate(levels))
    y = margin + rng.logistic(size=rows) > 0.5
    return dict(x=np.hstack([x, codes]), y=y.astype(float)), list(range(reals, reals + len(levels)))


def several(rows, columns, seed):
    """Five classes."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) + rng.normal(size=(rows, 5)) @ rng.normal(size=(5, columns))
    y = (x @ (0.3 * rng.normal(size=(columns, 5))) + rng.gumbel(size=(rows, 5))).argmax(1)
    return dict(x=x, y=y.astype(float)), []


def sparse(rows, columns, seed):
    """A real target of few of many correlated columns."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) + 0.4 * rng.normal(size=(rows, 20)) @ rng.normal(size=(20, columns))
    effects = np.zeros(columns)
    effects[rng.permutation(columns)[: columns // 8]] = rng.normal(size=columns // 8)
    return dict(x=x, y=x @ effects + 5 * rng.normal(size=rows)), []


def counts(rows, columns, seed):
    """Counts with a log-linear mean."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns))
    return dict(x=x, y=rng.poisson(np.exp(x @ (0.1 * rng.normal(size=columns)))).astype(float)), []


def logistic(make, rows, columns, peers, **settings):
    return dict(make=make, shape=(rows, columns), task="logistic", settings=dict(C=1.0, tol=1e-6, **settings), peers=peers)


#: What is run: the data and their shape, our task and its settings, the peers (of linear_peer.py).
#: R's glmnet (Debian's r-cran-glmnet), where it is installed.
GLMNET = ["glmnet"] if shutil.which("Rscript") else []
NEWTON, FIRST = ["newton-cholesky", "newton-cg"], ["lbfgs", "scikit-learn-intelex lbfgs"]
RUNS = {
    "dense": logistic(dense, 500_000, 50, NEWTON + FIRST),
    "correlated": logistic(correlated, 500_000, 50, ["newton-cholesky", "scikit-learn-intelex lbfgs"]),
    "categories": logistic(categories, 200_000, 34, ["newton-cg one-hot", "lbfgs one-hot", "newton-cholesky one-hot"]),
    "wide": logistic(dense, 2_000, 5_000, ["lbfgs", "newton-cg"]),
    "several": logistic(several, 100_000, 50, ["lbfgs", "newton-cholesky", "newton-cg"]),
    "lasso-path": dict(make=sparse, shape=(20_000, 500), task="lasso-path", settings=dict(tol=1e-4), peers=["path", "path with Gram matrix"] + GLMNET),
    "poisson": dict(make=counts, shape=(500_000, 50), task="poisson", settings=dict(alpha=1e-3, tol=1e-6),
                    peers=["newton-cholesky", "lbfgs"]),
    "ridge": dict(make=sparse, shape=(200_000, 100), task="ridge", settings=dict(alpha=1.0), peers=["cholesky", "auto"]),
}


def unrolled(x, codes):
    """Categories as indicators."""
    import numpy as np

    if not codes:
        return x
    parts = [x[:, : codes[0]]] + [(x[:, [j]] == np.arange(x[:, j].max() + 1)).astype(float) for j in codes]
    return np.hstack(parts)


def judge(run, x, y, coef, intercept, alphas):
    """The objective, and how far its gradient is from where it should be (beside the mean loss)."""
    import numpy as np
    from scipy.special import expit, log_softmax, logsumexp, softmax

    n = len(y)
    if run["task"] == "lasso-path":
        values = []
        for i, alpha in enumerate(alphas):
            residual = y - x @ coef[i] - intercept[i]
            values.append(residual @ residual / (2 * n) + alpha * abs(coef[i]).sum())
        return f"  sum of objectives {sum(values):.9g}"
    if run["task"] == "logistic" and len(np.unique(y)) == 2:
        margin = x @ coef.ravel() + intercept.ravel()
        value = (np.logaddexp(0, margin) - y * margin).sum() + coef.ravel() @ coef.ravel() / 2
        slope = x.T @ (expit(margin) - y) + coef.ravel()
    elif run["task"] == "logistic":
        margin = x @ coef.T + intercept.ravel()
        known = np.eye(margin.shape[1])[y.astype(int)]
        value = -(log_softmax(margin, axis=1) * known).sum() + (coef**2).sum() / 2
        slope = (softmax(margin, axis=1) - known).T @ x + coef
    elif run["task"] == "poisson":
        alpha, margin = run["settings"]["alpha"], x @ coef.ravel() + intercept.ravel()
        value = (np.exp(margin) - y * margin).sum() + n * alpha * (coef.ravel() @ coef.ravel()) / 2
        slope = x.T @ (np.exp(margin) - y) + n * alpha * coef.ravel()
    else:
        residual = x @ coef.ravel() + intercept.ravel() - y
        value = residual @ residual + run["settings"]["alpha"] * (coef.ravel() @ coef.ravel())
        slope = x.T @ residual + run["settings"]["alpha"] * coef.ravel()
    return f"  objective {value:.12g}  gradient {abs(slope).max() / n:.1e}"


def compare(name, arguments):
    import numpy as np

    import workload

    run = RUNS[name]
    rows, columns = run["shape"]
    arrays, codes = run["make"](arguments.rows or rows, columns, arguments.seed)
    measured, found = {side: [] for side in ["crm-ml", *run["peers"]]}, {}
    outputs = ["coef", "intercept"] + (["alphas"] if run["task"] == "lasso-path" else [])
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for array_name, array in arrays.items():
            np.save(folder / f"{array_name}.npy", np.ascontiguousarray(array))
        files = {array_name: folder / f"{array_name}.npy" for array_name in arrays}
        (folder / "run.json").write_text(json.dumps(dict(task=run["task"], settings=run["settings"], codes=codes)))
        for _ in range(arguments.runs):
            line, answer = workload.run(run["task"], outputs, threads=arguments.threads, categorical=codes, settings=run["settings"], **files)
            line.update(fit=line["fit_seconds"][0], before=line["rss_before_fit_bytes"], peak=line["peak_rss_bytes"])
            measured["crm-ml"].append(line)
            found["crm-ml"] = answer
            for side in run["peers"]:
                measured[side].append(side_by_side.peer("linear_peer.py", side, folder, arguments.threads))
                found[side] = [np.load(folder / f"{output}.npy") for output in outputs]
    shape = " x ".join(f"{size:,}" for size in arrays["x"].shape)
    print(f"\n{name}: {shape}, {run['settings']}, {arguments.runs} runs in turn, {arguments.threads} threads")
    x, y = unrolled(arrays["x"], codes), arrays["y"]
    for side, lines in measured.items():
        coef, intercept, *alphas = found[side]
        text = f"  {side:28}" + side_by_side.compared(measured, ["crm-ml"], side, "fit", "s") + side_by_side.memory(lines)
        print(text + judge(run, x, y, coef, intercept, *(alphas or [None])), flush=True)


def main():
    rows = "rows, where not the usual number of the workload"
    arguments = side_by_side.arguments(__doc__, RUNS, lambda parser: parser.add_argument("--rows", type=int, help=rows))
    side_by_side.versions(["scikit-learn", "scikit-learn-intelex", "numpy", "scipy"])
    for name in arguments.only.split(","):
        compare(name, arguments)


if __name__ == "__main__":
    main()
