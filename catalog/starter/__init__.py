"""The starter metadata: original descriptions of well-known titles, one JSON object a line.

The words are ours (CC BY 4.0, see README.md beside this file). `records` reads and checks one
record, `lint` the whole collection.
"""
