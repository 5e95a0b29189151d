"""A question in, a slate out: understanding, retrieval, reranking, selection, reasons."""
