"""Makes vectors.bin: the table that the classifier's network starts from.

A sentence encoder reads the prompts of the training data and many single words. The table is fitted so that the sum of
the vectors of a text's sparse features, over the root of their number, predicts the principal components of what the
encoder says. So features that few labelled prompts have begin with a meaning.

    python -m venv .cache/distil && .cache/distil/bin/pip install -r routing/offline/train/distil/requirements.txt
    .cache/distil/bin/python routing/offline/train/distil/distil.py DATA routing/offline/train/own

DATA is the folder of labelled data that `sluice train` reads. It takes about half an hour on two cores. Floating-point
sums differ between machines, so the bytes are not promised; training from them is.
"""

import glob
import json
import os
import subprocess
import sys

import numpy as np
import torch
from torch import nn
from wordfreq import top_n_list

from encoder import Encoder

LANES, ROWS = 24, 1 << 16  # as package classify has them
COMPONENTS = 48
WORDS = {  # of the commonest words of each language
    "en": 22000, "ko": 12000, "zh": 9000, "ja": 7000, "fr": 4000, "de": 4000, "es": 4000, "pt": 1500, "it": 1500,
    "ru": 1500, "tr": 1000, "id": 1000, "nl": 1000, "ar": 1000, "hi": 800, "vi": 500,
}
EPOCHS, BATCH, RATE, DROPOUT = 6, 256, 5e-3, 0.3


def prompts(data, own):
    seen = {}
    names = [os.path.join(data, f) for f in ("needs.jsonl", "domains.jsonl", "tiers.jsonl")]
    for name in names + sorted(glob.glob(os.path.join(own, "prompts", "*.jsonl"))):
        with open(name) as f:
            for line in f:
                seen.setdefault(json.loads(line)["text"])
    return list(seen)


def words():
    seen = {}
    for language, n in WORDS.items():
        fresh = [w for w in top_n_list(language, 2 * n) if w not in seen and not w.isdigit() and (len(w) > 1 or ord(w) >= 0x3000)]
        seen.update(dict.fromkeys(fresh[:n]))
    return list(seen)


def features(texts):
    """The rows of each text, as package classify finds them."""
    lines = "".join(json.dumps({"text": t}) + "\n" for t in texts)
    out = subprocess.run(["go", "run", "./routing/offline/train/distil"], input=lines, text=True, capture_output=True, check=True)
    return [np.array(json.loads(line), np.int64) for line in out.stdout.splitlines()]


def targets(texts, singles):
    """The principal components of the encoder's vectors of the texts, the smaller ones lifted; and of the words."""
    encoder = Encoder()
    a, b = encoder.encode(texts), encoder.encode(singles)
    mean = a.mean(0)
    _, deviations, axes = np.linalg.svd(a - mean, full_matrices=False)
    scale = np.sqrt(deviations[:COMPONENTS] / np.sqrt(len(a)))
    a, b = (a - mean) @ axes[:COMPONENTS].T / scale, (b - b.mean(0)) @ axes[:COMPONENTS].T / scale
    return np.concatenate([a, b]) / a.std()


def fit(rows, want):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    table, out = nn.EmbeddingBag(ROWS, LANES, mode="sum"), nn.Linear(LANES, COMPONENTS)
    nn.init.normal_(table.weight, 0, 0.05)
    want = torch.tensor(want, dtype=torch.float32)
    steps = EPOCHS * (len(rows) // BATCH)
    optimiser = torch.optim.Adam([*table.parameters(), *out.parameters()], lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1, pct_start=0.1)
    for epoch in range(EPOCHS):
        order, total = rng.permutation(len(rows)), 0.0
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            kept = [rows[i][rng.random(len(rows[i])) >= DROPOUT] for i in batch]
            lengths = np.array([len(k) for k in kept])
            offsets = torch.tensor(np.concatenate([[0], np.cumsum(lengths)[:-1]]))
            norm = torch.tensor(1 / np.sqrt(np.maximum(lengths, 1)), dtype=torch.float32)[:, None]
            loss = ((out(table(torch.from_numpy(np.concatenate(kept)), offsets) * norm) - want[batch]) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: mean squared error {total / (len(rows) // BATCH):.3f}", flush=True)
    return table.weight.detach().numpy()


def write(path, table):
    """LANES scales in float32, then a byte for each row and lane. The few values beyond six deviations are cut."""
    scale = np.minimum(np.abs(table).max(0), 6 * table.std(0)) / 127
    with open(path, "wb") as f:
        f.write(scale.astype("<f4").tobytes())
        f.write(np.clip(np.round(table / scale), -127, 127).astype(np.int8).tobytes())


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: distil.py DATA OWN")
    data, own = sys.argv[1:]
    texts, singles = prompts(data, own), words()
    print(f"{len(texts)} prompts, {len(singles)} words", flush=True)
    table = fit(features(texts + singles), targets(texts, singles))
    write(os.path.join(own, "vectors.bin"), table)


if __name__ == "__main__":
    main()
