"""What every comparison needs: an environment with the peers, the runner built, both sides in turn, medians of ratios."""

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def arguments(description, names, extend=lambda parser: None):
    """The command line all comparisons share, in the environment of the peers, with the runner built."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(names), help="of " + ", ".join(names))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--venv", type=Path, default=HERE.parents[1] / "target" / "peers")
    extend(parser)
    given = parser.parse_args()
    environment(given.venv.resolve())
    subprocess.run(["cargo", "build", "--release", "-p", "crm-ml-benches", "--bin", "workload"], check=True, cwd=HERE)
    return given


def environment(folder):
    """Goes on in the virtual environment, which is made where it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")], check=True)
    if Path(sys.prefix) != folder:
        os.execv(str(python), [str(python), *sys.argv])


def versions(names):
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names))


def peer(script, name, *words):
    """One run of a peer in a process of its own: the JSON line that `script` prints."""
    command = [sys.executable, str(HERE / script), name, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compared(measured, own, side, field, unit):
    """The median of a field over a side's lines and, where the side is a peer, the medians of our sides' ratios to it."""
    lines = measured[side]
    if None in [line.get(field) for line in lines]:
        return ""
    text = f" {field} {statistics.median(line[field] for line in lines):9.3f} {unit}"
    if side not in own:
        ratios = [statistics.median(a[field] / b[field] for a, b in zip(measured[mine], lines)) for mine in own]
        text += " (" + ", ".join(f"{ratio:.2f}" for ratio in ratios) + ")"
    return text


def memory(lines):
    return f"  memory +{statistics.median(line['peak'] - line['before'] for line in lines) / 1e6:.0f} MB"
