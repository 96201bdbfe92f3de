"""Calls the workload runner: arrays in, outputs and measurements back."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
RUNNER = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "workload"


def run(task, outputs, threads=2, repeat=1, categorical=(), settings=None, **arrays):
    """Runs a task on arrays, or files of them, and returns its JSON line and the named outputs."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        command = [str(RUNNER), task, "--out", str(folder / "out"), "--threads", str(threads), "--repeat", str(repeat)]
        for name, array in arrays.items():
            if array is None:
                continue
            path = array
            if not isinstance(array, Path):
                path = folder / f"{name}.npy"
                np.save(path, np.ascontiguousarray(array))
            command += [f"--{name.replace('_', '-')}", str(path)]
        if categorical:
            command += ["--categorical", ",".join(map(str, categorical))]
        for name, value in (settings or {}).items():
            command += ["--set", f"{name}={value}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
        return json.loads(done.stdout), [np.load(folder / "out" / f"{name}.npy") for name in outputs]
