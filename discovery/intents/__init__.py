"""What kind of turn a message is: labelled cases, a small classifier, and how both are measured.

`cases/` holds messages written for this purpose, one JSON object a line, in three parts that were
split by family (all wordings of one idea on one side) before anything was tuned. `classifier`
reads features of a message and of the turns before it; `scoring` measures the whole staged
understanding on a part.
"""
