"""One module per route: pure functions, no logic."""
