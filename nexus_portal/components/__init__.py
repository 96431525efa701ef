"""Reusable parts of the interface: pure functions that take vars and events and know no state."""
