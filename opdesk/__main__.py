"""``python -m opdesk``."""

from opdesk.cli import main

main()
