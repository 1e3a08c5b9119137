"""What can be said of an asset. Source: domain/inventory-and-policies.md §2, domain/data-security.md, design.md §5."""

from prodsec.kit.errors import InvalidError

CATEGORIES = (
    "product", "library", "deploy", "website", "api/service", "green_data", "yellow_data", "orange_data", "red_data",
    "3rdparty", "demo/test/poc", "temporary", "internal", "external", "use_pat", "marked_for_deletion", "deprecated",
    "keep_private", "docs", "tooling", "container", "fork", "secrets_monitoring", "security_policy_project",
)  # fmt: skip
DATA_CLASSES = ("", "green", "yellow", "orange", "red")
BOUNDARIES = ("", "commercial", "fedramp")
LONGEST_URL, MOST_URLS = 2000, 50
LONGEST_REF = 255


def checked_categories(given: list[str], urls: list[str]) -> list[str]:
    """The categories, sorted and once each.

    Raises: InvalidError for an unknown one, or a website without an address.
    """
    unknown = sorted(set(given) - set(CATEGORIES))
    if unknown:
        raise InvalidError(f"{unknown[0][:40]!r} is no category; known are {', '.join(CATEGORIES)}", place="categories")
    if "website" in given and not urls:
        raise InvalidError("a website needs at least one https:// address", place="urls")
    return sorted(set(given))


def checked_urls(given: list[str]) -> list[str]:
    """The addresses. Raises: InvalidError for one that is not https, or too many."""
    if len(given) > MOST_URLS:
        raise InvalidError(f"an asset has at most {MOST_URLS} addresses", place="urls")
    for url in given:
        if (
            not url.startswith("https://")
            or len(url) > LONGEST_URL
            or any(sign.isspace() or not sign.isprintable() for sign in url)
        ):
            raise InvalidError(f"{url[:60]!r} is no https:// address", place="urls")
    return given


def checked_choice(value: str, choices: tuple[str, ...], place: str) -> str:
    """The value when it is one of the choices. Raises: InvalidError naming them."""
    if value not in choices:
        raise InvalidError(
            f"{value[:40]!r} is none of {', '.join(choice or '(unknown)' for choice in choices)}", place=place
        )
    return value


def checked_tier(tier: int | None) -> int | None:
    """1 (mission critical) to 4 (administrative), or None for unknown. Raises: InvalidError."""
    if tier is not None and tier not in (1, 2, 3, 4):
        raise InvalidError("a tier is 1 (mission critical) to 4 (administrative)", place="tier")
    return tier


def checked_ref(ref: str) -> str:
    """A branch, tag or other ref name. Raises: InvalidError for an empty, endless or spaced one."""
    if not ref or len(ref) > LONGEST_REF or any(sign.isspace() or not sign.isprintable() for sign in ref):
        raise InvalidError(f"give a branch or tag name of 1 to {LONGEST_REF} characters", place="default_ref")
    return ref
