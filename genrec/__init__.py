"""GenRec: one language model with two output heads, language and catalogue.

Nothing here imports the web application. Outside this package only
`genrec.contract` and `genrec.metrics` may be imported: neither loads torch.
"""
