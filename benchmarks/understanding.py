"""How long the first reading of a message takes: rules, lexicon and names, without a model.

    bin/manage shell < benchmarks/understanding.py

Against the catalogue that is there. Typical turns, turns with slips, and a long post; each of them
read many times, nothing remembered. Printed: milliseconds at the median and at the 95th percentile,
and how long this process itself worked, without the database and without waiting for a core.
"""

import time

from discovery.understanding import spelling
from discovery.understanding.lexical import parse
from discovery.understanding.linking import CatalogueNames

ROUNDS = 20
TYPICAL = (
    "something like Alien but funnier, under two hours, nothing before 1980",
    "a French comedy from the 90s",
    "three comedies and a drama",
    "no gore, with my kids, 7 and 10",
    "older ones",
    "with Bill Murray, something melancholy",
    "a slow heist film in Korean or Japanese",
    "I loved Heat and Casino, but shorter please",
)
WITH_SLIPS = (
    "Chistopher Nolen scify under 2 huors",
    "somthing like Jurasic Park for the kdis",
    "a thriler by Hichcock wihout violense",
)
POST = (
    "We have a free evening and can't agree on anything. I've seen Memento, Heat and Casino and "
    "loved them, my partner prefers Amelie and Before Sunrise. "
) * 8


def measure(name: str, messages: tuple[str, ...]) -> None:
    names = CatalogueNames()
    taken, worked = [], []
    for _ in range(ROUNDS):
        for message in messages:
            started, worked_before = time.perf_counter(), time.thread_time()
            parse(message, names)
            taken.append((time.perf_counter() - started) * 1000)
            worked.append((time.thread_time() - worked_before) * 1000)
    taken.sort()
    worked.sort()
    median, late = taken[len(taken) // 2], taken[len(taken) * 95 // 100]
    own = worked[len(worked) // 2]
    print(f"{name:12} p50 {median:6.1f} ms  p95 {late:6.1f} ms  own work p50 {own:6.1f} ms")


spelling.warm_up()
measure("warming up", TYPICAL[:2])
measure("typical", TYPICAL)
measure("with slips", WITH_SLIPS)
measure("long post", (POST[:1900],))
