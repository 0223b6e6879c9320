"""A Dask cluster on this machine against the local pool: ``python -m benchmarks.clusters``.

Both read the same pages with as many workers, turn by turn. Prints the medians, and how the rates
compare; ends with 1 where the tables differ.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.corpus import make_corpus


@click.command()
@click.option("--pages", default=2_000, show_default=True)
@click.option("--chars", default=1_000, show_default=True, help="Characters of a page.")
@click.option("--workers", default=2, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--no-model", is_flag=True, help="The rules alone.")
def main(pages: int, chars: int, workers: int, rounds: int, no_model: bool) -> None:
    """Measure whole runs of `shilu extract` by both engines."""
    seconds: dict[str, list[tuple[float, float]]] = {"local": [], "dask": []}
    with tempfile.TemporaryDirectory() as temporary:
        raw = Path(temporary) / "raw"
        make_corpus(raw, pages, chars)
        click.echo(f"{pages:,} pages, {pages * chars:,} characters, {workers} workers")
        tables: dict[str, dict[str, bytes]] = {}
        for _ in range(rounds):
            for engine, found in seconds.items():
                out = Path(temporary) / engine
                shutil.rmtree(out, ignore_errors=True)
                command = [sys.executable, "-m", "pipeline", "extract", str(raw)]
                command += ["--out", str(out), "--engine", engine, "--workers", str(workers)]
                command += ["--quiet", *(["--no-model"] if no_model else [])]
                started = time.monotonic()
                subprocess.run(command, check=False)
                whole = time.monotonic() - started
                manifest = json.loads((out / "manifest.json").read_text("utf-8"))
                found.append((whole, manifest["seconds"]["read"]))
                parts = sorted(out.glob("*/*.parquet"))
                tables[engine] = {str(p.relative_to(out)): p.read_bytes() for p in parts}
    for n, what in enumerate(("whole run", "reading")):
        local, dask = (statistics.median(pair[n] for pair in seconds[e]) for e in seconds)
        rates = (f"{pages * chars / s:,.0f} characters/s" for s in (local, dask))
        click.echo("{:<10} local {}, dask {}: {:.2f}".format(what, *rates, local / dask))
    same = tables["local"] == tables["dask"]
    click.echo(f"the tables are {'the same' if same else 'not the same'}")
    sys.exit(not same)


if __name__ == "__main__":
    main()
