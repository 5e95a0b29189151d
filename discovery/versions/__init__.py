"""Versions of GenRec: which there are, which one serves, and switching without a gap.

- `artefacts`: the versions on this machine, read from their `artefact.json`.
- `machine`: asks the launcher for servers, through files (docs/genrec.md, "Versions").
- `address`: where GenRec answers now, for every client in every process.
- `requests`: what serves, since when; asking for another version, or for the one before.
- `trial`: gives a new server its rows and has it rank before anybody depends on it.
- `switching`: the steps from one version to the next, one each time the schedule calls.
"""
