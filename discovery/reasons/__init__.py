"""Why this title: the template reason, the generated one, and whether it is true and says why."""
