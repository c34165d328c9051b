"""Write the golden files anew: ``python -m tests.golden.regenerate``.

For a change that is meant to change results. Read the difference before committing it.
"""

from __future__ import annotations

import json

from models.assessor import assess
from tests.golden.assessment_summary import summary
from tests.golden.samples import RECORDINGS, golden_file
from vision.recording import read_recording


def main() -> None:
    """Assess every recorded sample and write its golden file."""
    for recording in RECORDINGS:
        found = summary(assess(read_recording(recording).poses))
        text = json.dumps(found, indent=1, allow_nan=False)
        golden_file(recording).write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
