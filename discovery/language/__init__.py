"""The language tasks of GenRec: prompts, and examples to train on, for what its text head writes."""
