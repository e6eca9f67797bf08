"""Tables as files for spreadsheets: whatever people wrote stays text and is never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from vetting.web.shortlist_view import cell

Cell = str | int | float | None
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDTH = 18


def csv_of(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Comma-separated values; an apostrophe before text that a spreadsheet would take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_plain(value) for value in row] for row in rows)
    return out.getvalue()


def xlsx_of(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet: numbers as numbers, everything else as text: nothing is guessed to be a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(head) - 1, WIDTH)
        sheet.write_row(0, 0, head, book.add_format({"bold": True}))
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(at, column, value)
                elif value is not None:
                    sheet.write_string(at, column, value)
    return out.getvalue()


def _plain(value: Cell) -> Cell:
    return cell(value) if isinstance(value, str) else value
