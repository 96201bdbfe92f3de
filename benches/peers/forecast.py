"""Forecasts of many series beside statsforecast: all sides in turn, each run in a process of its own, medians of ratios (ours over theirs).

python3 forecast.py           installs the peers into a virtual environment (--venv), builds the runner, runs everything
python3 forecast.py --only auto-ets,theta --runs 3 --series 1000 --data generated,m3
python3 forecast.py --only m3 prints the accuracy of every method on the M3 competition beside the published forecasts
M3 needs the folder of real data in CRM_ML_DATA.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import side_by_side

SEASON, HORIZON = 12, 12
PEERS = ["statsforecast 2", "statsforecast 1"]

#: What is run: our name of the model, and the origins of a back-test that fits again at each (1: the last one only).
RUNS = {
    "auto-ets": dict(model="auto-ets", windows=1),
    "theta": dict(model="theta", windows=1),
    "auto-theta": dict(model="auto-theta", windows=1),
    "seasonal-naive": dict(model="seasonal-naive", windows=1),
    "mstl": dict(model="mstl", windows=1),
    "auto-arima": dict(model="auto-arima", windows=1),
    "back-test": dict(model="auto-ets", windows=12),
    "many": dict(model="auto-ets", windows=1, growth=[1, 4, 16]),
    "m3": None,
}


def generated(count, seed):
    """Monthly series of 60 to 144 values: levels, trends that go on or fade, random walks, jumps, seasons that add or multiply, noise of
    several kinds."""
    import numpy as np

    rng = np.random.default_rng(seed)
    series = []
    for _ in range(count):
        n = int(rng.integers(60, 145))
        t, level = np.arange(n), np.exp(rng.uniform(3, 8))
        slope, kind = level * rng.normal(0, 0.006), rng.choice(3, p=[0.3, 0.5, 0.2])
        y = level + (slope * t if kind == 1 else slope * 20 * (1 - 0.95**t) if kind == 2 else np.zeros(n))
        y = y + level * rng.choice([0, 0.005, 0.02]) * np.cumsum(rng.normal(size=n))
        if rng.random() < 0.25:
            y[rng.integers(10, n - 10):] += level * rng.normal(0, 0.3)
        y = np.maximum(y, level * 0.2)
        season, wave, depth = rng.choice(3, p=[0.25, 0.25, 0.5]), rng.normal(size=SEASON), rng.uniform(0.03, 0.3)
        wave -= wave.mean()
        y = y + level * depth * wave[t % SEASON] if season == 1 else y
        y = y * np.maximum(1 + depth * wave[t % SEASON], 0.1) if season == 2 else y
        noise, size = rng.choice(3), rng.uniform(0.01, 0.12)
        errors = rng.standard_t(4, size=n) / np.sqrt(2) if noise == 2 else rng.normal(size=n)
        series.append(y + level * size * errors if noise == 0 else y * np.exp(size * errors))
    return [values.round(6) for values in series]


def m3(period, split=True):
    """(id, training values, test values) of the M3 series of a period."""
    import pandas as pd

    data = pd.read_csv(Path(os.environ["CRM_ML_DATA"]) / "m3.csv.gz")
    data = data[data["period"] == period].sort_values(["series_id", "t"])
    parts = lambda group, split: group.loc[group["split"] == split, "value"].to_numpy()
    return [(name, parts(group, "train"), parts(group, "test")) for name, group in data.groupby("series_id", sort=True)]


def write(path, named):
    with open(path, "w") as file:
        file.write("unique_id,ds,y\n")
        for name, values in named:
            months = (f"{1900 + step // 12}-{step % 12 + 1:02}-01" for step in range(len(values)))
            file.writelines(f"{name},{month},{value!r}\n" for month, value in zip(months, map(float, values)))


def ours(path, model, threads, horizon, season, out):
    import workload

    command = [str(workload.RUNNER), "forecast", "--series", str(path), "--out", str(out), "--threads", str(threads)]
    for setting in (f"model={model}", f"horizon={horizon}", f"season_length={season}"):
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    line = json.loads(done.stdout)
    line.update(fit=line["fit_seconds"][0], before=line["rss_before_fit_bytes"], peak=line["peak_rss_bytes"])
    return line


def means(path):
    """Forecasts by name, and by origin where there are several."""
    import pandas as pd

    table = pd.read_csv(path, dtype={"unique_id": str})
    keys = ["unique_id", "cutoff"] if "cutoff" in table else ["unique_id"]
    return {key if len(keys) > 1 else key[0]: group["mean"].to_numpy() for key, group in table.groupby(keys, sort=False)}


def mase(forecast, train, test, season):
    import numpy as np

    scale = np.abs(train[season:] - train[:-season]).mean() if len(train) > season else np.nan
    return np.abs(forecast - test).mean() / scale


def compare(name, source, series, arguments):
    """One workload: series lose their last values, which the forecasts are judged by."""
    import numpy as np

    run = RUNS[name]
    windows = run["windows"]
    names = [f"s{i:06}" for i in range(len(series))]
    measured, errors = {side: [] for side in ["crm-ml", *PEERS]}, {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "run.json").write_text(json.dumps(dict(model=run["model"], horizon=HORIZON, season_length=SEASON, windows=windows)))
        cuts = [(label, values, len(values) - HORIZON - back) for label, values in zip(names, series) for back in range(windows)]
        write(folder / "ours.csv", [(f"{label}/{cut}", values[:cut]) for label, values, cut in cuts])
        # statsforecast's back-test takes the whole series and cuts them itself.
        write(folder / "series.csv", zip(names, series if windows > 1 else [values[:-HORIZON] for values in series]))
        tests = {f"{label}/{cut}": (values[:cut], values[cut:cut + HORIZON]) for label, values, cut in cuts}

        def judge(found):
            return np.nanmean([mase(found[key], *tests[key], SEASON) for key in tests if key in found])

        for _ in range(arguments.runs):
            line = ours(folder / "ours.csv", run["model"], arguments.threads, HORIZON, SEASON, folder / "out")
            measured["crm-ml"].append(line)
            errors["crm-ml"] = judge(means(folder / "out" / "forecast.csv"))
            for side in PEERS:
                measured[side].append(side_by_side.peer("forecast_peer.py", side, folder, arguments.threads))
                found = means(folder / "peer.csv")
                if windows > 1:
                    found = {f"{label}/{cutoff}": mean for (label, cutoff), mean in found.items()}
                else:
                    found = {f"{label}/{len(values) - HORIZON}": found[label] for label, values in zip(names, series)}
                errors[side] = judge(found)
    values = sum(map(len, series))
    print(f"\n{name}, {source}: {len(series):,} series, {values:,} values, {windows} origins, {arguments.runs} runs in turn")
    for side, lines in measured.items():
        text = f"  {side:16}" + side_by_side.compared(measured, ["crm-ml"], side, "fit", "s") + side_by_side.memory(lines)
        text += f"  MASE {errors[side]:.4f}"
        if side == "crm-ml":
            text += f"  {values * windows / lines[-1]['fit']:,.0f} values a second, {lines[-1]['failed']} failed"
        print(text, flush=True)


def linear(arguments):
    """Time and memory of growing numbers of short series."""
    for factor in RUNS["many"]["growth"]:
        count = arguments.series * factor
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            write(folder / "many.csv", ((f"s{i:06}", values[:48]) for i, values in enumerate(generated(count, arguments.seed))))
            for model in ["seasonal-naive", "theta", "auto-ets"]:
                line = ours(folder / "many.csv", model, arguments.threads, HORIZON, SEASON, folder / "out")
                print(f"{model:16} {count:8,} series of 48: {line['fit']:8.3f} s, {line['values'] / line['fit']:12,.0f} values a second,"
                      f" +{(line['peak'] - line['before']) / 1e6:.0f} MB", flush=True)


#: Names of our models in the table of accuracy.
METHODS = ["naive", "seasonal-naive", "ses", "holt", "damped-holt", "auto-ets", "theta", "optimized-theta", "dynamic-theta",
           "dynamic-optimized-theta", "auto-theta", "mstl", "auto-arima"]
PERIODS = {"YEARLY": 1, "QUARTERLY": 4, "MONTHLY": 12, "OTHER": 1}


def accuracy(arguments):
    """sMAPE and MASE by period of our methods and of the published forecasts."""
    import numpy as np
    import pandas as pd

    rows = {}
    published = pd.read_csv(Path(os.environ["CRM_ML_DATA"]) / "m3_reference_forecasts.csv.gz").sort_values(["method", "series_id", "h"])
    published = {key: group["forecast"].to_numpy() for key, group in published.groupby(["method", "series_id"])}
    for period, season in PERIODS.items():
        series = m3(period)
        horizon = len(series[0][2])
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            write(folder / "m3.csv", [(name, train) for name, train, _ in series])
            found = {}
            for method in METHODS:
                if method == "mstl" and season == 1:
                    continue
                line = ours(folder / "m3.csv", method, arguments.threads, horizon, season, folder / "out")
                found[method] = means(folder / "out" / "forecast.csv")
                rows.setdefault(method, {})["seconds"] = rows.get(method, {}).get("seconds", 0) + line["fit"]
        for method in sorted({method for method, _ in published}):
            found[method] = {name: published[method, name] for name, *_ in series}
        for method, forecasts in found.items():
            smape = [200 * np.mean(np.abs(test - forecasts[name]) / (np.abs(test) + np.abs(forecasts[name]))) for name, _, test in series if name in forecasts]
            scaled = [mase(forecasts[name], train, test, season) for name, train, test in series if name in forecasts]
            rows.setdefault(method, {})[period] = (np.mean(smape), np.mean(scaled), len(smape), horizon)
    print("\nM3: sMAPE / MASE by period, sMAPE over all forecasts, seconds")
    for method, row in rows.items():
        parts = [row[period] for period in PERIODS if period in row]
        whole = sum(s * n * h for s, _, n, h in parts) / sum(n * h for *_, n, h in parts) if len(parts) == len(PERIODS) else float("nan")
        cells = "  ".join(f"{row[p][0]:7.3f} / {row[p][1]:.3f}" if p in row else " " * 15 for p in PERIODS)
        print(f"  {method:24} {cells}  {whole:7.3f}  {row.get('seconds', 0):6.2f}", flush=True)


def main():
    def more(parser):
        parser.add_argument("--series", type=int, default=1000, help="generated series")
        parser.add_argument("--data", default="generated", help="of generated, m3 (its monthly series)")

    arguments = side_by_side.arguments(__doc__, RUNS, more)
    side_by_side.versions(["statsforecast", "numpy", "pandas"])
    sources = {}
    if "generated" in arguments.data:
        sources["generated"] = generated(arguments.series, arguments.seed)
    if "m3" in arguments.data:
        import numpy as np

        whole = [np.concatenate([train, test]) for _, train, test in m3("MONTHLY")]
        sources["m3 monthly"] = [values for values in whole if len(values) > 3 * SEASON + HORIZON]
    for name in arguments.only.split(","):
        if name == "m3":
            accuracy(arguments)
        elif name == "many":
            linear(arguments)
        else:
            for source, series in sources.items():
                compare(name, source, series, arguments)


if __name__ == "__main__":
    main()
