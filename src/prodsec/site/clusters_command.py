"""`prodsec clusters`: another recipe of clusters, tried in the shadow, switched to, undone; and where people overruled the recipe."""

import argparse
import csv
import datetime
import enum
import io
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from prodsec.findings.queries import ClusterDriftFacts, ClusterRunFacts, ClusterWordFacts

    Facts = TypeVar("Facts", bound=DataclassInstance)

_RUNS = ("shadow", "switch", "undo")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, told in (
        ("shadow", "tell what another recipe would join and take apart, and change nothing"),
        ("switch", "put another recipe in force, asset by asset"),
    ):
        added = verbs.add_parser(verb, help=told)
        added.add_argument("--recipe", type=int, metavar="NUMBER", help="which recipe (the latest)")
    verbs.add_parser("undo", help="bring the recipe before the last switch back")
    runs = verbs.add_parser("runs", help="show the recipe in force and the runs so far")
    drift = verbs.add_parser("drift", help="show what a run joined and took apart")
    drift.add_argument("run", metavar="RUN", type=int, help="the number of the run")
    words = verbs.add_parser("words", help="show where people overruled the recipe, with both rules and their reasons")
    for added in (runs, drift, words):
        form = added.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="print JSON")
        form.add_argument("--csv", action="store_true", help="print CSV")


def run(args: argparse.Namespace) -> int:
    """Do what the verb says. Exit 3 when it is refused, 4 when there is no database."""
    from prodsec.site import django_ready, migrate_command

    with django_ready.database():
        from prodsec.accounts.types import SYSTEM
        from prodsec.findings import queries

        migrate_command.ensure_tables()
        if args.verb in _RUNS:
            _run(args.verb, getattr(args, "recipe", None))
        elif args.verb == "drift":
            _print(args, queries.cluster_drift(SYSTEM, args.run), _drift_line)
        elif args.verb == "runs":
            _print(args, queries.cluster_runs(SYSTEM), _run_line)
        else:
            _print(args, _words(), _word_line)
    return 0


def _run(verb: str, recipe: int | None) -> None:
    """A run to its end, a batch of assets a transaction; what was done stays done when it is stopped."""
    from django.db import transaction

    from prodsec.accounts.types import SYSTEM
    from prodsec.findings.services import recipes
    from prodsec.findings.types import ClusterRunKind

    with transaction.atomic():
        begun = recipes.begin(SYSTEM, kind=ClusterRunKind[verb.upper()], recipe=recipe)
    is_going_on = True
    while is_going_on:
        with transaction.atomic():
            is_going_on = recipes.go_on(SYSTEM, begun)
    sys.stdout.write(
        f"Run {begun.pk}: recipe {begun.former} → {begun.recipe}, {begun.assets} assets, {begun.gained} joins gained, {begun.lost} lost."
        f" See `prodsec clusters drift {begun.pk}`.\n"
    )


def _words() -> "list[ClusterWordFacts]":
    from prodsec.accounts.types import SYSTEM
    from prodsec.findings import queries

    found: list[ClusterWordFacts] = []
    cursor = ""
    while True:
        page = queries.cluster_words(SYSTEM, cursor=cursor, size=200)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next


def _print(args: argparse.Namespace, rows: "list[Facts]", line: "Callable[[Facts], str]") -> None:
    if args.json:
        sys.stdout.write(json.dumps([_plain(row) for row in rows], indent=2) + "\n")
    elif args.csv:
        out = io.StringIO()
        if rows:
            writer = csv.DictWriter(out, list(_plain(rows[0])), lineterminator="\n")
            writer.writeheader()
            writer.writerows(_plain(row) for row in rows)
        sys.stdout.write(out.getvalue())
    else:
        sys.stdout.write("".join(line(row) + "\n" for row in rows) or "None yet.\n")


def _plain(row: "DataclassInstance") -> dict[str, object]:
    """A row with words for numbers and moments."""
    return {name: _word(value) for name, value in asdict(row).items()}


def _word(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value.name.lower() if isinstance(value, enum.Enum) else value


def _drift_line(row: "ClusterDriftFacts") -> str:
    what = "gained" if row.gained else "lost"
    example = f" (as {row.finding_id} and {row.other_id})" if row.finding_id and row.other_id else ""
    return f"{row.joins:>7} {what:<6} {row.tool} {row.rule} + {row.other_tool} {row.other_rule}: {row.reason}{example}"


def _run_line(row: "ClusterRunFacts") -> str:
    end = f"{row.finished_at:%Y-%m-%d %H:%M}" if row.finished_at else "not finished"
    return f"{row.id:>5} {row.kind.word:<6} {row.former} → {row.recipe}  {row.assets} assets  +{row.gained} -{row.lost}  {end}  {row.actor}"


def _word_line(row: "ClusterWordFacts") -> str:
    end = "  (withdrawn)" if row.withdrawn_at else ""
    other = f"{row.other_tool} {row.other_rule}".strip() or "what is gone"
    recipe = f"; the recipe saw {row.recipe_reason}" if row.recipe_reason else ""
    return f"{row.created_at:%Y-%m-%d} {row.kind.word:<8} {row.asset}: {row.tool} {row.rule} / {other}{recipe}: {row.reason or 'no reason'} ({row.actor}){end}"
