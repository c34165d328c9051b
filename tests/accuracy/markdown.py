"""Tables as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a table; columns of numbers stand right."""
    cells = [[str(cell) for cell in row] for row in rows]
    numeric = [all(_is_number(row[column]) for row in cells) for column in range(len(headers))]
    rule = ["---:" if right else "---" for right in numeric]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(headers), rule, *cells])


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or cell[0] in "+-−–±"


def share(part: int, whole: int) -> str:
    """Write a share with its denominator."""
    return f"{part} of {whole} ({100 * part / whole:.0f} %)"


def signed(value: float, decimals: int = 1) -> str:
    """Write a number with its sign; a rounded zero has none."""
    text = f"{value:+.{decimals}f}".replace("-", "−")
    return text if float(f"{value:.{decimals}f}") else f"{0:.{decimals}f}"
