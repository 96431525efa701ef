"""One small Reflex state per page, and the bridge to the use cases."""
