"""Mutation testing of what must not break: each small change to the source has to make a test fail."""
