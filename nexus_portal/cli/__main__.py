"""`python -m nexus_portal.cli`: the command where its script is not on the path."""

from nexus_portal.cli import main

main()
