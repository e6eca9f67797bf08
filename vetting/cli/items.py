"""`vetting items ...`: the questions of a pack in practice, and withdrawing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from vetting.cli.app import Json, Org, app, print_json
from vetting.domain.item_statistics import Figure, ItemStatistics
from vetting.domain.text import normalise

if TYPE_CHECKING:
    from vetting.services.items import Listed, Report

BY = "command line"


class _ShowByDefault(TyperGroup):
    """`vetting items RUBRIC` is `vetting items show RUBRIC`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


items_app = typer.Typer(help="Questions in practice: statistics, disputes, withdrawing one.", cls=_ShowByDefault)
app.add_typer(items_app, name="items")

RubricName = Annotated[str, typer.Argument(help="Id of a pack, or the first twelve characters of a version's hash.")]
QuestionId = Annotated[str, typer.Argument(help="Id of a question.")]


@items_app.command("show")
def show(
    rubric: Annotated[str | None, typer.Argument(help="Id of a pack; without one, all are listed.")] = None,
    model_answers: Annotated[
        bool, typer.Option("--model-answers", help="First rate the shipped model-written answers.")
    ] = False,
    org: Org = "default",
    as_json: Json = False,
) -> None:
    """Show how each question of a pack does, and what should be looked at; `show` may be left out.

    Example:  vetting items software.networking
    """
    from vetting.cli.people import context
    from vetting.services import items
    from vetting.services import model_answers as written

    ctx = context(org)
    if rubric is None:
        rows = items.listed(ctx)
        if as_json:
            print_json({"rubrics": [_listed(row) for row in rows]})
            return
        for row in rows:
            used = f"{row.used.interviews} interviews, {row.used.disputes} disputes" if row.used else "not used"
            print(f"{row.name}  {row.rubric_id} {row.version}  {used}")
        return
    if model_answers:
        written.rate(ctx, items.find(ctx, rubric).rubric)
    found = items.report(ctx, rubric)
    print_json(items.document(found)) if as_json else print(report_text(found))


@items_app.command("void")
def void(
    rubric: RubricName,
    question: QuestionId,
    reason: Annotated[str, typer.Option("--reason", help="Why; people of your organisation read it.")],
    org: Org = "default",
) -> None:
    """Withdraw a question: it is not asked again, and every scorecard is worked out again without it.

    Example:  vetting items void software.networking loop-storm-one-vlan --reason "Two answers are right"
    """
    from vetting.cli.people import context
    from vetting.services import items

    ctx = context(org)
    before = items.preview(ctx, rubric, question)
    items.void_question(ctx, items.stored(ctx, rubric), question, reason, BY)
    changed = sum(before.changed.values())
    print(
        f"Withdrawn. {before.cards} scorecards worked out again; of {before.looked} looked at before, "
        f"{changed} change their recommendation."
    )


@items_app.command("restore")
def restore(rubric: RubricName, question: QuestionId, org: Org = "default") -> None:
    """Let a withdrawn question count again.

    Example:  vetting items restore software.networking loop-storm-one-vlan
    """
    from vetting.cli.people import context
    from vetting.services import items

    ctx = context(org)
    items.restore(ctx, items.stored(ctx, rubric), question, BY)
    print("Restored; the scorecards count it again.")


def report_text(found: Report) -> str:
    """A report as a person reads it in a terminal."""
    rubric = found.version.rubric
    lines = [f"{rubric.id} {rubric.version}  {found.version.name}  {found.interviews} interviews\n"]
    lines += [f"{c.kind.value}: {c.question_id}: {c.sentence}" for c in found.concerns] or [
        "Nothing to look at so far."
    ]
    lines += [f"{u.kind.value}: {u.sentence}" for u in found.unknown]
    lines.append(f"\n{'question':32} {'asked':>6} {'credit':>18} {'with others':>20} {'model':>6} {'disputed':>9}")
    for item in found.items:
        lines.append(_row(item) + ("  withdrawn" if item.question_id in found.voided else ""))
        lines += [f'    "{_plain(reason)}"' for reason in item.reasons]
    return "\n".join(lines)


def _row(item: ItemStatistics) -> str:
    model = "-" if item.model_answer is None else f"{item.model_answer:.0%}"
    return (
        f"{item.question_id:32} {item.asked:6} {_figure(item.difficulty):>18} {_figure(item.discrimination):>20} "
        f"{model:>6} {item.disputes:9}"
    )


def _figure(figure: Figure | None) -> str:
    return "not enough data" if figure is None else f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def _plain(reason: str) -> str:
    """One line without control characters: a candidate wrote it, and a terminal would obey them."""
    return " ".join(normalise(reason).text.split())


def _listed(row: Listed) -> dict[str, object]:
    used = row.used
    return {
        "name": row.name,
        "rubric": row.rubric_id,
        "version": row.version,
        "installed": row.installed,
        "interviews": used.interviews if used else 0,
        "disputes": used.disputes if used else 0,
        "withdrawn": used.voided if used else 0,
    }
