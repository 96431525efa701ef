"""Nexus Portal: the portal in which a card bureau and its customers work."""
