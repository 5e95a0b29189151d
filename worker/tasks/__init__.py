"""Task bodies: thin, named in `worker.enqueue`, logic in the packages below."""
