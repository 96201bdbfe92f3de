"""One run of one peer in a process of its own: what the `workload` runner is for crm-ml.

python peer.py PEER TASK FOLDER THREADS reads x.npy, y.npy, x_test.npy (and codes.npy) in FOLDER and prints a JSON line.
"""

import json
import os
import re
import sys
import time
from pathlib import Path

PEER, TASK, FOLDER, THREADS = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import numpy as np

ROUNDS, LEAVES, RATE, LEAST, HESSIAN = 200, 63, 0.1, 20, 1e-3
TREES, DEPTH = 100, 20


def memory(field):
    """Bytes of VmRSS or VmHWM."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) * 1024


def lightgbm(**more):
    from lightgbm import LGBMClassifier
    return LGBMClassifier(n_estimators=ROUNDS, num_leaves=LEAVES, learning_rate=RATE, max_bin=255, min_child_samples=LEAST,
                          min_sum_hessian_in_leaf=HESSIAN, n_jobs=THREADS, verbose=-1, **more)


def xgboost(**more):
    from xgboost import XGBClassifier
    growth = more or dict(max_leaves=LEAVES, max_depth=0, grow_policy="lossguide")
    return XGBClassifier(n_estimators=ROUNDS, tree_method="hist", learning_rate=RATE, max_bin=255, min_child_weight=HESSIAN,
                         reg_lambda=0, n_jobs=THREADS, **growth)


def hist():
    from sklearn.ensemble import HistGradientBoostingClassifier
    return HistGradientBoostingClassifier(max_iter=ROUNDS, max_leaf_nodes=LEAVES, learning_rate=RATE, min_samples_leaf=LEAST,
                                          early_stopping=False)


def catboost():
    from catboost import CatBoostClassifier
    return CatBoostClassifier(iterations=ROUNDS, learning_rate=RATE, depth=6, border_count=254, thread_count=THREADS, verbose=False,
                              allow_writing_files=False)


def forest():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(TREES, max_depth=DEPTH, n_jobs=THREADS)


def forest_intel():
    from sklearnex.ensemble import RandomForestClassifier
    return RandomForestClassifier(TREES, max_depth=DEPTH, n_jobs=THREADS)


def forest_xgboost():
    from xgboost import XGBRFClassifier
    return XGBRFClassifier(TREES, max_depth=DEPTH, tree_method="hist", colsample_bynode=np.sqrt(40) / 40, subsample=0.63,
                           min_child_weight=HESSIAN, reg_lambda=0, max_bin=255, n_jobs=THREADS)


MODELS = {
    "LightGBM": lightgbm,
    "LightGBM quantised": lambda: lightgbm(use_quantized_grad=True),
    "XGBoost": xgboost,
    "XGBoost depth 6": lambda: xgboost(max_depth=6),
    "scikit-learn": hist,
    "CatBoost": catboost,
    "scikit-learn forest": forest,
    "scikit-learn-intelex forest": forest_intel,
    "XGBoost forest": forest_xgboost,
}


def fit(model, x, y, codes):
    if not codes:
        return model.fit(x, y)
    import pandas
    frame = pandas.DataFrame(x)
    for code in codes:
        frame[code] = frame[code].astype(int)
    if PEER == "CatBoost":
        return model.fit(frame, y, cat_features=codes)
    return model.fit(frame, y, categorical_feature=codes)


def framed(x, codes):
    import pandas
    frame = pandas.DataFrame(x)
    for code in codes:
        frame[code] = frame[code].astype(int)
    return frame


def single_row(model, x_test):
    """Nanoseconds of LightGBM's C call for one row, as its users of low latency make it."""
    import ctypes

    from lightgbm.basic import _LIB, _safe_call
    booster, width = model.booster_, x_test.shape[1]
    config = ctypes.c_void_p()
    parameters = ctypes.c_char_p(f"num_threads=1".encode())
    _safe_call(_LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
        booster._handle, 0, 0, -1, 1, ctypes.c_int32(width), parameters, ctypes.byref(config)))
    out, length = (ctypes.c_double * 2)(), ctypes.c_int64()
    call, pointer, size = _LIB.LGBM_BoosterPredictForMatSingleRowFast, ctypes.byref(length), x_test.strides[0]
    first, times = x_test.ctypes.data, np.empty(100_000)
    for number in range(-1000, len(times)):
        address = ctypes.c_void_p(first + number % len(x_test) * size)
        start = time.perf_counter_ns()
        call(config, address, pointer, out)
        times[max(number, 0)] = time.perf_counter_ns() - start
    return times


def main():
    arrays = {name: np.load(FOLDER / f"{name}.npy") for name in ("x", "y", "x_test")}
    x, y, x_test = arrays["x"], arrays["y"], arrays["x_test"]
    codes = np.load(FOLDER / "codes.npy").tolist() if TASK == "codes" else []
    test = framed(x_test, codes) if codes else x_test
    model = MODELS[PEER]()
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    model = fit(model, x, y, codes)
    line = {"fit": time.perf_counter() - start, "before": before, "peak": memory("VmHWM")}
    if TASK == "shap":
        import xgboost as library
        start = time.perf_counter()
        if PEER == "XGBoost":
            model.get_booster().predict(library.DMatrix(x_test), pred_contribs=True)
        else:
            model.predict(x_test, pred_contrib=True)
        line["predict"] = time.perf_counter() - start
    elif TASK == "single":
        times = single_row(model, np.ascontiguousarray(x_test))
        line.update(p50=float(np.quantile(times, 0.5)), p99=float(np.quantile(times, 0.99)))
    else:
        start = time.perf_counter()
        proba = model.predict_proba(test)[:, 1]
        line["predict"] = time.perf_counter() - start
        np.save(FOLDER / "proba.npy", proba)
    print(json.dumps(line))


main()
