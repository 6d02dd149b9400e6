"""The front door: gathers the commands and wires the parts. `python publisher.py X` is `publisher X`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code (`docs/commands.md`)."""
    try:
        from pressroom.commands import run  # here, so that Ctrl-C finds somebody who answers already

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
