"""One run of statsforecast in a process of its own.

python forecast_peer.py PEER FOLDER THREADS reads run.json and series.csv in FOLDER, writes forecast.csv and prints a JSON line. The second of two
equal calls is timed, so that nothing is compiled or loaded in it; PEER ends in the number of processes, as in `statsforecast 2`.
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

import pandas as pd

warnings.filterwarnings("ignore")


def memory(field):
    """Bytes of VmRSS or VmHWM."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) * 1024


def model(name, season_length):
    from statsforecast import models

    seasonal = {
        "auto-ets": models.AutoETS, "auto-arima": models.AutoARIMA, "theta": models.Theta, "auto-theta": models.AutoTheta,
        "optimized-theta": models.OptimizedTheta, "dynamic-theta": models.DynamicTheta,
        "dynamic-optimized-theta": models.DynamicOptimizedTheta, "seasonal-naive": models.SeasonalNaive,
    }
    if name in seasonal:
        return seasonal[name](season_length=season_length)
    if name == "mstl":
        return models.MSTL(season_length=[season_length], trend_forecaster=models.AutoETS(model="ZZN"))
    return models.Naive()


def main():
    from statsforecast import StatsForecast

    run = json.loads((FOLDER / "run.json").read_text())
    data = pd.read_csv(FOLDER / "series.csv")
    data["ds"] = data.groupby("unique_id").cumcount() + 1
    before = memory("VmRSS")
    # A model that cannot be fitted is replaced, as its users do it; ours counts its failures.
    from statsforecast.models import SeasonalNaive

    forecaster = StatsForecast(models=[model(run["model"], run["season_length"])], freq=1, n_jobs=int(PEER.split()[-1]),
                               fallback_model=SeasonalNaive(season_length=run["season_length"]))
    warm = data[data["unique_id"].isin(data["unique_id"].unique()[:8])]

    def call(frame):
        if run["windows"] > 1:
            return forecaster.cross_validation(df=frame, h=run["horizon"], n_windows=run["windows"], step_size=1)
        return forecaster.forecast(df=frame, h=run["horizon"])

    call(warm)
    start = time.perf_counter()
    found = call(data)
    seconds = time.perf_counter() - start
    found = found.rename(columns={found.columns[-1]: "mean"})
    found.to_csv(FOLDER / "peer.csv", index=False)
    print(json.dumps(dict(fit=seconds, before=before, peak=memory("VmHWM"))))


if __name__ == "__main__":
    main()
