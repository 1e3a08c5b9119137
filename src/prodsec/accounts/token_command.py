"""`prodsec token`: API tokens from the command line, for whoever has the machine."""

import argparse
import datetime
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodsec.accounts.models import ApiToken

SCOPES = ("read", "import", "write", "admin")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    create = verbs.add_parser("create", help="make a token and print it, once")
    create.add_argument("name", metavar="NAME", help="what it is for, as `payments pipeline`")
    create.add_argument("--for", dest="email", metavar="EMAIL", required=True, help="the person it acts for")
    create.add_argument("--scope", action="append", choices=SCOPES, help="what it may do; repeat for more (import)")
    create.add_argument("--subtree", default="", metavar="PATH", help="only this asset and what is below it")
    create.add_argument("--days", type=int, default=365, help="how long it works; 0 means until revoked (365)")
    listing = verbs.add_parser("list", help="show all tokens")
    listing.add_argument("--json", action="store_true", help="print JSON")
    verbs.add_parser("revoke", help="end a token at once").add_argument("id", metavar="ID", type=int)


def run(args: argparse.Namespace) -> int:
    """Do what the verb says. Exit 3 when it is refused, 4 when there is no database."""
    from prodsec.site import django_ready, migrate_command

    verbs = {"create": _create, "list": _list, "revoke": _revoke}
    with django_ready.database():
        from django.db import transaction

        migrate_command.ensure_tables()
        with transaction.atomic():
            sys.stdout.write(verbs[args.verb](args))
    return 0


def _create(args: argparse.Namespace) -> str:
    from prodsec.accounts import queries
    from prodsec.accounts.types import SYSTEM, Scope
    from prodsec.flows import manage_accounts
    from prodsec.kit import clock

    _, text = manage_accounts.make_token(
        SYSTEM,
        name=args.name,
        scopes=frozenset(Scope(scope) for scope in args.scope or ["import"]),
        subtree=args.subtree,
        expires_at=clock.now() + datetime.timedelta(days=args.days) if args.days else None,
        owner_id=queries.person_with_email(SYSTEM, args.email).pk,
    )
    return f"{text}\n"


def _list(args: argparse.Namespace) -> str:
    from prodsec.accounts import queries
    from prodsec.accounts.types import SYSTEM

    tokens = queries.tokens(SYSTEM)
    if args.json:
        return json.dumps([_said(token) for token in tokens]) + "\n"
    return "".join(_line(token) for token in tokens) or "No tokens yet.\n"


def _line(token: "ApiToken") -> str:
    end = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "no end"
    words = (str(token.pk), f"{token.prefix}…", token.name, token.owner.email, " ".join(token.scopes))
    return "  ".join((*words, token.subtree or "everywhere", end)) + "\n"


def _said(token: "ApiToken") -> dict[str, object]:
    moments = {name: getattr(token, name) for name in ("created_at", "expires_at", "last_used_at", "revoked_at")}
    return {
        "id": token.pk,
        "prefix": token.prefix,
        "name": token.name,
        "owner": token.owner.email,
        "scopes": list(token.scopes),
        "subtree": token.subtree,
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
    }


def _revoke(args: argparse.Namespace) -> str:
    from prodsec.accounts.types import SYSTEM
    from prodsec.flows import manage_accounts

    manage_accounts.revoke_token(SYSTEM, args.id)
    return f"Token {args.id} is revoked.\n"
