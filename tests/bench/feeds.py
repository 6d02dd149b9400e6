"""Publishing one release more among 1,000, 20,000 and 100,000, and all of 20,000, next to lxml alone."""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from pressroom import commands
from pressroom.tools import Tools
from tests.bench.enter import rows

ROUNDS = 5
SIZES, AT_ONCE = (1_000, 20_000, 100_000), 20_000
HALF = 250
"""As many more, so that the archive that fills is half full on each site."""
WANTED, MOST_FOR_ONE, MOST_FOR_ALL = 1.5, 150, 300
"""Times what it takes among the fewest; megabytes."""
ATOM = "http://www.w3.org/2005/Atom"
Texts = list[tuple[str, dict[str, str], str]]


@dataclass
class Taken:
    """What each round took: seconds, of a processor too, seconds of lxml alone beside it, and megabytes at most."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(self.seconds) / statistics.median(self.bare)


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sites, whole, one = dict[int, Path](), Taken(), {size: Taken() for size in SIZES}
        for size in SIZES:
            sites[size] = make_site(Path(folder), size)
            _measure(sites[size], "", whole if size == AT_ONCE else Taken())
            if size == SIZES[0]:
                _check(sites[size])
        for number in range(ROUNDS):
            for size, site in sites.items():
                _measure(site, f"One more {number}", one[size])
        _tell(whole, one)


def make_site(folder: Path, size: int) -> Path:
    """Make a site whose back catalogue has entered, and has not been published yet."""
    site, file = folder / str(size), folder / f"{size}.jsonl"
    with gzip.open(rows(folder), "rt", encoding="utf-8") as source:
        known = [json.loads(line) for line in source]
    with file.open("w", encoding="utf-8") as target:
        for number in range(size + HALF):
            target.write(json.dumps(_renewed(known[number * 7 % len(known)], number)) + "\n")
    for words in (["init"], ["import", str(file), "--announce", "none"]):
        assert commands.run(["-q", "-C", str(site), *words]) == 0
    file.unlink()
    return site


def _renewed(row: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a row as a release of its own."""
    extra = row["extra"] | {"doi": None, "reference": f"{row['extra'].get('reference')} {number}"}
    return row | {"id": f"tag:example.org,2026:{number}", "extra": extra}


def _measure(site: Path, title: str, taken: Taken) -> None:
    """Publish what is new, then let lxml alone write the documents that have changed."""
    began = time.time()
    words = [sys.executable, "-m", "tests.bench.one_more", str(site), title]
    found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    taken.seconds.append(found["seconds"])
    taken.cpu.append(found["cpu"])
    taken.peak.append(found["peak"])
    changed = [path for form in ("atom", "rss", "json") for path in (site / "feeds").rglob(f"*.{form}")]
    taken.bare.append(_bare([path for path in changed if path.stat().st_ctime >= began], site / "bare"))


def _bare(documents: Iterable[Path], folder: Path) -> float:
    """Write the same entries by lxml and json, out of texts in memory; return the seconds without reading these."""
    folder.mkdir()
    took = 0.0
    for number, path in enumerate(documents):
        content = path.read_bytes()
        if path.suffix == ".json":
            parsed = json.loads(content)
            began = time.perf_counter()
            made = json.dumps(parsed, ensure_ascii=False).encode()
        else:
            entries = [_texts(one) for one in etree.fromstring(content).iter("item", f"{{{ATOM}}}entry")]
            began = time.perf_counter()
            made = _by_lxml(entries)
        (folder / str(number)).write_bytes(made)
        took += time.perf_counter() - began
    shutil.rmtree(folder)
    return took


def _texts(entry: etree._Element) -> Texts:
    return [(str(one.tag), {str(k): str(v) for k, v in one.attrib.items()}, one.text or "") for one in entry]


def _by_lxml(entries: Sequence[Texts]) -> bytes:
    feed = etree.Element("feed")
    for texts in entries:
        entry = etree.SubElement(feed, "entry")
        for tag, attributes, text in texts:
            etree.SubElement(entry, tag, attributes).text = text
    return etree.tostring(feed, encoding="UTF-8", pretty_print=True, xml_declaration=True)


def _check(site: Path) -> None:
    """The oracle: what grew release by release has the bytes of what is built at once, and holds every release."""
    for number in range(3):
        _measure(site, f"Before {number}", Taken())
    grown = _content(site)
    shutil.rmtree(site / "feeds")
    _measure(site, "", Taken())
    assert _content(site) == grown
    with Tools.of(site).open_store() as store:
        releases = store.releases.counts()["live"]
        found = {id for name, text in grown.items() if "/all/" in name for id in _ids(text)}
        assert len(found) == releases == SIZES[0] + HALF + 3
    print(f"  {releases:,} releases are in the archives, and what grew has the bytes of what is built at once")


def _content(site: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (site / "feeds").rglob("*.*") if path.is_file()}


def _ids(document: bytes) -> Iterable[str]:
    return [item["id"] for item in json.loads(document)["items"]] if document.startswith(b"{") else ()


def _tell(whole: Taken, one: dict[int, Taken]) -> None:
    few = one[SIZES[0]]
    print(f"  {'one more among':<16}{'ms':>6}{'ratio':>7}{'wanted':>8}{'of a processor':>16}{'ratio':>7}"
          f"{'lxml alone':>12}{'peak MB':>9}{'wanted':>8}")  # fmt: skip
    for size, taken in one.items():
        seconds, cpu = statistics.median(taken.seconds), statistics.median(taken.cpu)
        print(
            f"  {size:<16,}{seconds * 1000:6.0f}{seconds / statistics.median(few.seconds):7.2f}{WANTED:8.1f}"
            f"{cpu * 1000:16.0f}{cpu / statistics.median(few.cpu):7.2f}{taken.ratio:12.1f}"
            f"{max(taken.peak):9.0f}{MOST_FOR_ONE:8}"
        )
    print(
        f"  all of 20,000 in every feed: {whole.seconds[0]:.1f} s, {whole.ratio:.1f} times lxml alone, "
        f"{max(whole.peak):.0f} MB at most (wanted {MOST_FOR_ALL})"
    )
