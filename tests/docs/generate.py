"""Writes docs/reference/ out of the code: `make docs`. tests/docs/test_docs.py fails when it was forgotten."""

import argparse
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Written by `make docs` out of the code; change the code instead. -->\n"


def commands() -> str:
    """Every command with its arguments, from its own argparse parser."""
    from prodsec_cli.main import commands as known

    parts = [
        "# Commands",
        "One program, `prodsec`. Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 refused input, 4 unavailable.",
    ]
    for name, (help_text, module_name) in sorted(known().items()):
        parser = argparse.ArgumentParser(prog=f"prodsec {name}", add_help=False)
        importlib.import_module(module_name).add_arguments(parser)
        parts += [f"## {name}", f"{help_text[:1].upper()}{help_text[1:]}.", *_usage(parser)]
    return "\n\n".join(parts)


def _usage(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The command line of a parser, its arguments as a table, and the same for each of its subcommands."""
    words = [word for action in parser._actions if (word := _word(action))]
    yield f"    {' '.join([parser.prog, *words])}"
    rows = [
        f"| `{_name(action)}` | {_sentence(action)} |"
        for action in parser._actions
        if not isinstance(action, argparse._SubParsersAction)
    ]
    if rows:
        yield "\n".join(["| Argument | Meaning |", "|---|---|", *rows])
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, child in action.choices.items():
                child._actions = [inner for inner in child._actions if not isinstance(inner, argparse._HelpAction)]
                yield f"### {parser.prog.removeprefix('prodsec ')} {name}"
                yield f"{helps.get(name, '')[:1].upper()}{helps.get(name, '')[1:]}."
                yield from _usage(child)


def _name(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        return metavar
    if action.nargs == 0:
        return ", ".join(action.option_strings)
    value = "|".join(map(str, action.choices)) if action.choices else metavar
    return f"{', '.join(action.option_strings)} {value}".replace("|", "\\|")


def _word(action: argparse.Action) -> str:
    if isinstance(action, argparse._SubParsersAction):
        return "COMMAND"
    name = _name(action).replace("\\|", "|")
    return name if not action.option_strings or action.required else f"[{name}]"


def _sentence(action: argparse.Action) -> str:
    text = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%").replace("|", "\\|")
    return f"{text[:1].upper()}{text[1:]}."


def settings() -> str:
    """Every environment variable, from the docstring of site/env.py."""
    from prodsec.site import env

    found: list[tuple[str, str]] = []
    for line in (env.__doc__ or "").splitlines():
        names, _, meaning = line.partition("  ")
        if names.isupper() and meaning:
            found.append((names, meaning.strip()))
        elif found and line.startswith("  "):
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
    parts = ["# Settings", "Prodsec reads its environment once, at the start. There is no settings file to edit."]
    for names, meaning in found:
        parts += [f"## {names}", f"{meaning[:1].upper()}{meaning[1:]}."]
    return "\n\n".join(parts)


def permissions() -> str:
    """Every permission, from accounts/types.py, and the roles that have it."""
    from prodsec.accounts.rules.roles import BUILT_IN
    from prodsec.accounts.types import Permission

    known = sorted(Permission, key=lambda member: member.value)
    head = f"| | {' | '.join(BUILT_IN)} | admin |\n|---{'|---' * (len(BUILT_IN) + 1)}|"
    rows = [
        f"| [{one.value}](#{one.value.replace(':', '')}) | "
        + " | ".join("yes" if one in role.permissions else "–" for role in BUILT_IN.values())
        + " | yes |"
        for one in known
    ]
    parts = ["# Permissions", *_ABOUT_PERMISSIONS, "\n".join([head, *rows])]
    for permission in known:
        parts += [f"## {permission.value}", _PERMISSIONS.get(permission.value, "")]
    return "\n\n".join(parts)


_ABOUT_PERMISSIONS = (
    (
        "A permission is `resource:action`. A role is a set of permissions, given to a person, a team or everybody who signs in: "
        "on an asset, where it holds on all that is below too, or over all. Security and auditor are given over all only; what "
        "an installation makes itself, anywhere. The team that owns an asset is its maintainer; teams that its CODEOWNERS file "
        "names are developers there."
    ),
    (
        "Nobody sees what no role of theirs reaches, and it answers like what does not exist. Nobody gives away more than they "
        "have. A token may do what its owner may, within its scopes and its subtree; permissions without a place in the tree "
        "need the scope `admin`."
    ),
)

_PERMISSIONS = {
    "activity:forward": "Say to which other systems the record is forwarded.",
    "activity:read": "Read and export the record of who did what, and why.",
    "asset:create": "Make assets below an asset; over all, anywhere.",
    "asset:edit": "Change an asset's name, tier, categories, data class, boundary, owner and CODEOWNERS file.",
    "asset:read": "See an asset.",
    "asset:share": "Give roles on an asset, none with more than one has there oneself.",
    "channel:manage": "Set up, test and remove the channels of all teams; members do so for their own team's.",
    "finding:comment": "Comment on findings.",
    "finding:decide": "Decide for more than one finding, set severities and owners: what holds for later imports.",
    "finding:read": "See a finding and its history.",
    "finding:triage": "Confirm, assign, dismiss, reopen one finding, start and mark mitigation.",
    "format:manage": "Describe formats of reports, try them on samples, and share them with the installation.",
    "job:read": "See background jobs.",
    "person:manage": "Add, rename and disable people, make service accounts, manage teams. Only an admin makes admins.",
    "person:read": "See people's accounts, and who has which role.",
    "policy:edit": "Write a new version of a policy document.",
    "sign-in:manage": "Say how everybody has to sign in, such as with a second factor.",
    "role:manage": "Make roles out of one's own permissions, and give roles over all.",
    "scan:import": "Import, cancel and undo reports.",
    "scan:read": "See imports, what they changed and what they rejected.",
    "provider:manage": "Set up, change and delete identity providers; for admins only, since a provider says who people are.",
    "provider:read": "See identity providers, what their groups give, and who came through them; never a secret.",
    "token:manage": "See and revoke everybody's API tokens. One's own are anybody's; only an admin makes one for somebody else.",
    "view:share": "Show a saved view to everybody, and change or delete such a view. Saving views of one's own takes no permission.",
}


def formats() -> str:
    """Every format that is read."""
    from prodsec.scans.formats import reference

    return reference.page(ROOT / "tests" / "samples")


def format_facts() -> str:
    """Which facts each format fills."""
    from prodsec.scans.formats import coverage

    return coverage.page(ROOT / "tests" / "samples")


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "settings.md": settings,
    "permissions.md": permissions,
    "formats.md": formats,
    "format-facts.md": format_facts,
}


def main() -> int:
    """Write every page that differs."""
    REFERENCE.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        text = page(make)
        path = REFERENCE / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stderr.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


def page(make: Callable[[], str]) -> str:
    """One page as it stands in its file."""
    return f"{NOTE}\n{make()}\n"


if __name__ == "__main__":
    sys.exit(main())
