"""The front door: gathers the commands and wires the parts. `python publisher.py X` is `publisher X`."""

from __future__ import annotations

import sys

from pressroom.commands import run

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code (`docs/commands.md`)."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
