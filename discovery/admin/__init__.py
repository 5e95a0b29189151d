"""What operators see of discovery, and the clusters that editors name."""

from discovery.admin import histories, intents, slates, versions

__all__ = ["histories", "intents", "slates", "versions"]
