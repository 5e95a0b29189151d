"""Import titles: one module a source, and one way from their rows into the catalogue.

`base` says what a source yields, `upsert` writes it, `run` drives batches so that an interrupted
import resumes, `report` keeps the rows that could not be used.
"""
