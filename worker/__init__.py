"""Background work. Others import only `worker.enqueue`; task bodies are in `worker.tasks`."""
