"""Run the benchmarks named on the command line, or all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.bench import building, delivery, desk, enlist, enter, feeds, histories, kill, old, service, soak, start, web

BENCHES: dict[str, Callable[[], None]] = {
    "start": start.run,
    "import": enter.run,
    "enlist": enlist.run,
    "old": old.run,
    "histories": histories.run,
    "kill": kill.run,
    "feeds": feeds.run,
    "web": web.run,
    "desk": desk.run,
    "service": service.run,
    "soak": soak.run,
    "building": building.run,
    "delivery": delivery.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"There is no bench “{unknown[0]}”; choose from {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        print(f"{name}: {(sys.modules[BENCHES[name].__module__].__doc__ or '').strip()}")
        BENCHES[name]()
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
