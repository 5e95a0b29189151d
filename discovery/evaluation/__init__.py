"""How well discovery finds titles: one command, every set, every baseline, paired intervals.

`manage.py evaluate_discovery` fills a scratch database with a catalogue of its own, ranks every
request of every set with our pipeline and with simple systems, and says how far apart they are.
docs/evaluation.md has the figures.
"""
