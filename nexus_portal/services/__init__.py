"""Use cases: plain functions on a session and an actor; they never commit."""
