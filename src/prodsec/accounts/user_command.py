"""`prodsec user`: people from the command line, for whoever has the machine."""

import argparse
import getpass
import json
import sys

from prodsec.kit.errors import InvalidError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    create = verbs.add_parser("create", help="add a person")
    create.add_argument("email", metavar="EMAIL")
    create.add_argument("--name", default="", help="how they are shown (default: the part before the @)")
    create.add_argument("--admin", action="store_true", help="they may do everything")
    create.add_argument("--no-password", action="store_true", help="they cannot sign in until a password is set")
    _add_password_option(create)
    listing = verbs.add_parser("list", help="show everybody")
    listing.add_argument("--json", action="store_true", help="print JSON")
    for verb, help_text in (("disable", "keep a person out"), ("enable", "let a person in again")):
        verbs.add_parser(verb, help=help_text).add_argument("email", metavar="EMAIL")
    password = verbs.add_parser("password", help="set a new password")
    password.add_argument("email", metavar="EMAIL")
    _add_password_option(password)


def run(args: argparse.Namespace) -> int:
    """Do what the verb says. Exit 3 when it is refused, 4 when there is no database."""
    from prodsec.site import django_ready, migrate_command

    verbs = {"create": _create, "list": _list, "disable": _switch, "enable": _switch, "password": _password}
    with django_ready.database():
        from django.db import transaction

        migrate_command.ensure_tables()
        with transaction.atomic():
            sys.stdout.write(verbs[args.verb](args))
    return 0


def _create(args: argparse.Namespace) -> str:
    from prodsec.accounts.types import SYSTEM
    from prodsec.flows import manage_accounts

    password = None if args.no_password else _new_password(from_stdin=args.password_stdin)
    name = args.name or args.email.partition("@")[0]
    manage_accounts.add_person(SYSTEM, email=args.email, name=name, password=password, is_admin=args.admin)
    return f"{args.email} was added{' as an admin' if args.admin else ''}.\n"


def _list(args: argparse.Namespace) -> str:
    from prodsec.accounts import queries
    from prodsec.accounts.types import SYSTEM

    people = [
        {
            "id": person.pk,
            "email": person.email,
            "name": person.name,
            "is_admin": person.is_admin,
            "is_active": person.is_active,
            "teams": [membership.team.slug for membership in person.memberships.all()],
        }
        for person in queries.people(SYSTEM)
    ]
    if args.json:
        return json.dumps(people) + "\n"
    return (
        "".join(_line(person) for person in people) or "Nobody yet; `prodsec up` prints a link for the first admin.\n"
    )


def _line(person: dict[str, object]) -> str:
    marks = [word for word, said in (("admin", person["is_admin"]), ("disabled", not person["is_active"])) if said]
    told = f"  ({', '.join(marks)})" if marks else ""
    return f"{person['email']}  {person['name']}{told}\n"


def _switch(args: argparse.Namespace) -> str:
    from prodsec.accounts import queries
    from prodsec.accounts.types import SYSTEM
    from prodsec.flows import manage_accounts

    person = queries.person_with_email(SYSTEM, args.email)
    manage_accounts.change_person(SYSTEM, person.pk, is_active=args.verb == "enable")
    return f"{person.email} is {args.verb}d.\n"


def _password(args: argparse.Namespace) -> str:
    from prodsec.accounts import queries
    from prodsec.accounts.types import SYSTEM
    from prodsec.flows import manage_accounts

    person = queries.person_with_email(SYSTEM, args.email)
    manage_accounts.set_password(SYSTEM, person.pk, _new_password(from_stdin=args.password_stdin))
    return f"{person.email} has a new password.\n"


def _add_password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input instead of asking"
    )


def _new_password(*, from_stdin: bool) -> str:
    """The password typed twice, or the first line of standard input; never an argument, which others can see."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise InvalidError("The two passwords differ.")
    return password
