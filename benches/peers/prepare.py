"""From raw columns to features beside the peers: median imputation, scaling and one-hot, together and each transformer alone.

python3 prepare.py                 installs the peers into a virtual environment (--venv), builds the runner, runs everything
python3 prepare.py --only whole,power --runs 7 --rows 200000

Twelve numbers, a twentieth of them missing, and eight categories of 3 to 50 levels. All sides in turn, each run in a process of its own,
medians of ratios (ours over theirs); peers get the categories as an array of small integers.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

NUMBERS, LEVELS = 12, [3, 5, 8, 12, 16, 24, 36, 50]
#: What is run: our steps, rows, and the peers.
RUNS = {
    "whole": ("impute-median,scale-standard,encode-one-hot", 1_000_000, ["scikit-learn", "scikit-learn sparse", "polars"]),
    # What our models take: codes stay codes.
    "coded": ("impute-median,scale-standard", 1_000_000, ["scikit-learn sparse", "polars"]),
    "median": ("impute-median", 1_000_000, ["scikit-learn"]),
    "mean": ("impute-mean", 1_000_000, ["scikit-learn"]),
    "standard": ("scale-standard", 1_000_000, ["scikit-learn"]),
    "min-max": ("scale-min-max", 1_000_000, ["scikit-learn"]),
    "robust": ("scale-robust", 1_000_000, ["scikit-learn"]),
    "one-hot": ("encode-one-hot", 1_000_000, ["scikit-learn", "scikit-learn sparse"]),
    "power": ("scale-power", 200_000, ["scikit-learn"]),
    "quantile": ("scale-quantile", 200_000, ["scikit-learn"]),
    "bins": ("impute-median,bin-quantile", 200_000, ["scikit-learn"]),
    "neighbours": ("impute-knn", 10_000, ["scikit-learn"]),
    "regressions": ("impute-iterative", 20_000, ["scikit-learn"]),
}
#: Runs of numbers and categories together.
MIXED = ("whole", "coded")


def customers(rows, seed):
    """Numbers of all kinds with gaps, and codes."""
    import numpy as np

    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, NUMBERS))
    numbers[:, 4:8] = np.exp(numbers[:, 4:8])
    numbers[:, 8:10] = rng.poisson(4, size=(rows, 2))
    numbers[:, 10] = 20_000 + 3_000 * numbers[:, 10]
    numbers[rng.random(numbers.shape) < 0.05] = np.nan
    codes = np.column_stack([np.minimum(rng.geometric(3 / levels, rows) - 1, levels - 1) for levels in LEVELS])
    return numbers, codes.astype(np.int32)


def scikit_learn(name, sparse):
    from sklearn.compose import ColumnTransformer
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import (
        KBinsDiscretizer, MinMaxScaler, OneHotEncoder, PowerTransformer, QuantileTransformer, RobustScaler, StandardScaler)

    median, encoder = SimpleImputer(strategy="median"), OneHotEncoder(sparse_output=sparse)
    if name in MIXED:
        numeric = make_pipeline(median, StandardScaler(copy=False))

        def whole(numbers, codes):
            import numpy as np
            import scipy.sparse

            parts = numeric.fit_transform(numbers), encoder.fit_transform(codes)
            return scipy.sparse.hstack(parts, format="csr") if sparse else np.hstack(parts)

        return whole
    if name == "one-hot":
        return lambda numbers, codes: encoder.fit_transform(codes)
    models = {
        "median": median, "mean": SimpleImputer(), "standard": StandardScaler(), "min-max": MinMaxScaler(), "robust": RobustScaler(),
        "power": PowerTransformer(), "quantile": QuantileTransformer(), "neighbours": KNNImputer(), "regressions": IterativeImputer(),
        "bins": make_pipeline(median, KBinsDiscretizer(5, encode="onehot-dense", quantile_method="averaged_inverted_cdf", subsample=None)),
    }
    return lambda numbers, codes: models[name].fit_transform(numbers)


def polars(numbers, codes):
    import polars as pl

    table = pl.from_numpy(numbers, schema=[f"n{i}" for i in range(NUMBERS)]).fill_nan(None)
    coded = pl.from_numpy(codes, schema=[f"c{i}" for i in range(len(LEVELS))])
    filled = table.lazy().with_columns(pl.all().fill_null(pl.all().median()))
    scaled = filled.with_columns((pl.all() - pl.all().mean()) / pl.all().std(ddof=0)).collect()
    return pl.concat([scaled, coded.to_dummies()], how="horizontal")


def run_peer(side, name, folder, threads):
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ[variable] = threads
    import warnings

    import numpy as np

    warnings.filterwarnings("ignore")
    numbers, codes = np.load(folder / "numbers.npy"), np.load(folder / "codes.npy")
    prepare = polars if side == "polars" else scikit_learn(name, side.endswith("sparse"))
    # Warm: imports and threads.
    prepare(numbers[:3000].copy(), codes[:3000])
    start = time.perf_counter()
    features = prepare(numbers, codes)
    line = {"time": time.perf_counter() - start}
    head = features[:2000]
    head = head.toarray() if side.endswith("sparse") else np.asarray(head, dtype=float)
    np.save(folder / "features.npy", head)
    print(json.dumps(line))


def compare(name, arguments):
    import numpy as np

    import side_by_side
    import workload

    steps, rows, peers = RUNS[name]
    numbers, codes = customers(arguments.rows or rows, arguments.seed)
    ours = np.hstack([numbers, codes]) if name in MIXED else codes.astype(float) if name == "one-hot" else numbers
    categorical = range(NUMBERS, NUMBERS + len(LEVELS)) if name in MIXED else range(len(LEVELS)) if name == "one-hot" else ()
    measured = {side: [] for side in ["crm-ml", *peers]}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for array, file in ((ours, "x"), (numbers, "numbers"), (codes, "codes")):
            np.save(folder / f"{file}.npy", np.ascontiguousarray(array))
        for _ in range(arguments.runs):
            line, (found,) = workload.run(
                "prepare", ["features"], threads=arguments.threads, categorical=categorical, settings=dict(steps=steps), x=folder / "x.npy")
            measured["crm-ml"].append({"time": line["fit_seconds"][0]})
            for side in peers:
                measured[side].append(side_by_side.peer("prepare.py", "peer", side, name, folder, arguments.threads))
                theirs = np.load(folder / "features.npy")
                # polars has the levels in the order of their texts, and codes are no indicators.
                if side == "polars" or name == "coded":
                    found, theirs = found[:, :NUMBERS], theirs[:, :NUMBERS]
                if name != "quantile" and (theirs.shape != found.shape or not np.allclose(found, theirs, atol=1e-4, equal_nan=True)):
                    print(f"  {side} differs: {found.shape} and {theirs.shape}")
    print(f"\n{name}: {len(numbers):,} x {ours.shape[1]}, {steps}, {arguments.runs} runs in turn, {arguments.threads} threads")
    for side in measured:
        print(f"  {side:20}{side_by_side.compared(measured, ['crm-ml'], side, 'time', 's')}", flush=True)


def main():
    import side_by_side

    def extend(parser):
        parser.add_argument("--rows", type=int, help="rows, where not the usual number of the run")

    arguments = side_by_side.arguments(__doc__, list(RUNS), extend)
    side_by_side.versions(["scikit-learn", "polars", "numpy"])
    for name in arguments.only.split(","):
        compare(name, arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == ["peer"]:
        run_peer(sys.argv[2], sys.argv[3], Path(sys.argv[4]), sys.argv[5])
    else:
        main()
