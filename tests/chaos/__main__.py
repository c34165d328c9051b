"""Run the ordeal: ``python -m tests.chaos --database postgresql --clips 100 --workers 3``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.ordeal import Ordeal, Plan


def main() -> int:
    """Run it, print its figures, and return 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--different", type=int, default=20, help="different videos among them")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--restarts", type=int, default=2, help="times the database goes away")
    parser.add_argument("--seed", type=int, default=7)
    given = vars(parser.parse_args())
    given["different"] = min(given["different"], given["clips"])
    with tempfile.TemporaryDirectory(prefix="hingewise-chaos-") as folder:
        figures = Ordeal(Plan(**given), Path(folder)).run()
    sys.stdout.write(f"{figures.table()}\n")
    return 0 if figures.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
