"""Generated data like a CRM's, and two standard shapes."""

import numpy as np

TEST_ROWS = 50_000


def crm_like(rows, seed):
    """28 real columns, 6 counts, 6 codes of 3 to 200 levels, gaps in eight columns, 12 % positive, interactions, noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 40))
    x[:, 28:34] = rng.poisson(3, size=(rows, 6))
    for column, levels in zip(range(34, 40), [3, 6, 12, 30, 80, 200]):
        x[:, column] = rng.integers(0, levels, rows)
    signal = (
        1.2 * x[:, 0] * x[:, 1] + x[:, 2] - 0.5 * x[:, 3] ** 2 + 0.3 * x[:, 28] + np.sin(x[:, 37]) + (x[:, 34] == 1) * x[:, 4]
    )
    signal += rng.logistic(size=rows)
    y = (signal > np.quantile(signal, 0.88)).astype(np.uint8)
    for column in range(8):
        x[rng.random(rows) < 0.05, column] = np.nan
    return x, y


def crm_codes(rows, seed):
    """As `crm_like`, but every level of the six codes has its own effect, and the two widest of them interact."""
    rng = np.random.default_rng(seed)
    x, _ = crm_like(rows, seed)
    filled = np.nan_to_num(x)
    signal = 0.8 * filled[:, 0] * filled[:, 1] + 0.7 * filled[:, 2] - 0.3 * filled[:, 3] ** 2 + 0.2 * filled[:, 28]
    for column, levels in zip(range(34, 40), [3, 6, 12, 30, 80, 200]):
        signal += rng.normal(scale=0.6, size=levels)[x[:, column].astype(int)]
    pairs = rng.normal(scale=0.8, size=(12, 30))
    signal += pairs[x[:, 36].astype(int), x[:, 37].astype(int)] + rng.logistic(size=rows)
    return x, (signal > np.quantile(signal, 0.88)).astype(np.uint8)


def dense(rows, seed):
    """28 dense real columns of a physicist's kind: heavy tails, products, half positive."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 28))
    x[:, 7:14] = np.exp(0.5 * x[:, 7:14])
    x[:, 21:] = np.sqrt(np.abs(x[:, :7] * x[:, 14:21])) + 0.3 * rng.normal(size=(rows, 7))
    signal = x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + 0.5 * x[:, 8] - 0.7 * x[:, 22] ** 2 + x[:, 3] * (x[:, 4] > 0)
    signal += rng.logistic(size=rows)
    return x, (signal > np.median(signal)).astype(np.uint8)


def one_hot(rows, seed):
    """500 mostly-zero columns: 50 codes of 10 levels each, one-hot."""
    rng = np.random.default_rng(seed)
    codes = np.minimum(rng.geometric(0.3, size=(rows, 50)) - 1, 9)
    x = np.zeros((rows, 500))
    x[np.arange(rows)[:, None], np.arange(50) * 10 + codes] = 1.0
    effects = rng.normal(scale=0.4, size=500)
    signal = x @ effects + 2 * x[:, 0] * x[:, 12] - 1.5 * x[:, 21] * x[:, 30] + rng.logistic(size=rows)
    return x, (signal > np.quantile(signal, 0.8)).astype(np.uint8)


#: Workloads: generator, training rows, positions of the codes.
WORKLOADS = {
    "a": (crm_like, 200_000, []),
    "codes": (crm_like, 200_000, [34, 35, 36, 37, 38, 39]),
    "effects": (crm_codes, 200_000, [34, 35, 36, 37, 38, 39]),
    "b": (dense, 1_000_000, []),
    "d": (one_hot, 200_000, []),
}


def make(name, seed, rows=None):
    """Training part and test part of a workload, and the positions of its category columns."""
    generate, usual, codes = WORKLOADS[name]
    x, y = generate((rows or usual) + TEST_ROWS, seed)
    return (x[TEST_ROWS:], y[TEST_ROWS:]), (x[:TEST_ROWS], y[:TEST_ROWS]), codes
