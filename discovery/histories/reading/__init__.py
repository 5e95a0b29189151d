"""Read the exports of other services: one file a source, recognised by content, never by name."""
