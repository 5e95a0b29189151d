"""What remembering the readings of head queries brings: how many are remembered, and how fast.

A stream of wishes that stand alone, some asked often and most hardly ever (Zipf, exponent 1, over
`WISHES` different ones; made up, and seeded), is read as the chat reads it, against the catalogue
that is there. Printed: which share was remembered, and the milliseconds of a reading at the median
and at the 95th percentile, remembered and not.

    bin/manage shell < benchmarks/head_queries.py
"""

import itertools
import random
import time

import numpy as np
from django.core.cache import cache

from discovery.understanding import spelling
from discovery.understanding.remembering import KEPT_S, _key_of, parse_remembered

SEED = 3
WISHES = 500
REQUESTS = 2000
MOODS = ("funny", "dark", "feel-good", "slow", "scary", "romantic", "tense", "quirky", "sad", "")
GENRES = ("comedy", "thriller", "western", "horror film", "drama", "science fiction film")
LIMITS = ("from the 90s", "under two hours", "after 2010", "for kids", "in French", "no gore", "")


def wishes() -> list[str]:
    """Return different wishes, in an order that says how often each is asked."""
    made = [" ".join(filter(None, parts)) for parts in itertools.product(MOODS, GENRES, LIMITS)]
    made += [f"two of them, {wish}" for wish in made]
    generator = random.Random(SEED)
    generator.shuffle(made)
    return made[:WISHES]


def said(name: str, taken: list[float]) -> str:
    median, late = np.quantile(taken, (0.5, 0.95))
    return f"| {name} | {len(taken)} | {median:.1f} | {late:.1f} |"


asked = wishes()
# What an earlier run left must not be remembered by this one.
cache.delete_many([_key_of(wish, literal=False) for wish in asked])
weights = [1 / place for place in range(1, len(asked) + 1)]
stream = random.Random(SEED).choices(asked, weights, k=REQUESTS)
spelling.warm_up()
parse_remembered("a comedy")
fresh, kept = [], []
began = time.perf_counter()
for wish in stream:
    started = time.perf_counter()
    _, remembered = parse_remembered(wish)
    (kept if remembered else fresh).append((time.perf_counter() - started) * 1000)
lasted = time.perf_counter() - began
print(f"{REQUESTS} requests, {WISHES} wishes, {lasted:.0f} s (kept for {KEPT_S} s)")
print(f"remembered: {len(kept) / REQUESTS:.0%}, of {len(set(stream))} different ones")
print("| reading | n | ms p50 | ms p95 |")
print("|---|---|---|---|")
print(said("remembered", kept))
print(said("not remembered", fresh))
print(said("all", kept + fresh))
