"""A turn and the conversation's Query so far -> a Query.

`lexical` reads a message by rules in a few milliseconds; `refining` decides whether it patches
the conversation's Query or starts anew; `model_parse` asks GenRec afterwards, and
`merging` takes from its answer only what the viewer's own words support.

Inside the package imports go: merging, refining > lexical > references, constraints, tastes >
linking, words, lexicon.
"""
