"""Attacks that once worked, each kept as a test."""
