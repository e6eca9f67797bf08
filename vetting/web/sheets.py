"""Tables as files for spreadsheets: whatever people wrote stays text and is never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import xlsxwriter

Cell = str | int | float | None
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n")
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDTH = 18


class Sheet(NamedTuple):
    """One table of a workbook."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def csv_of(sheet: Sheet) -> str:
    """Comma-separated values; an apostrophe before text that a spreadsheet would take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(map(_plain, sheet.head))
    writer.writerows([_plain(value) for value in row] for row in sheet.rows)
    return out.getvalue()


def xlsx_of(*sheets: Sheet) -> bytes:
    """A workbook: numbers as numbers, everything else as text: nothing is guessed to be a formula, a link or a date."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        bold = book.add_format({"bold": True})
        for name, head, rows in sheets:
            page = book.add_worksheet(name)
            page.freeze_panes(1, 1)
            page.set_column(0, len(head) - 1, WIDTH)
            for column, title in enumerate(head):
                page.write_string(0, column, title, bold)
            for at, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, int | float):
                        page.write_number(at, column, value)
                    elif value is not None:
                        page.write_string(at, column, str(value))
    return out.getvalue()


def cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading apostrophe before =, +, -, @, tab or line break."""
    return f"'{text}" if text.lstrip(" ").startswith(TRIGGERS) else text


def _plain(value: Cell) -> Cell:
    return cell(value) if isinstance(value, str) else value
