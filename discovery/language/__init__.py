"""The language tasks of GenRec's text head: their prompts, and examples to train it on."""
