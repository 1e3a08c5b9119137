"""The language of filters: what is written is read back, nothing breaks it, and times mean what they say."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.findings.rules.filtering import addresses, dates, tokens
from prodsec.findings.rules.filtering.clauses import Clause, Filters
from prodsec.findings.rules.filtering.fields import FIELDS, Field, Group, Order, arranged, checked
from prodsec.kit.errors import InvalidError

NOW = datetime.datetime(2026, 3, 15, 12, 30, tzinfo=datetime.UTC)
LETTERS = st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
TIMES = st.sampled_from(
    ["today", "yesterday", "tomorrow", "today-9d", "2026-01-31", "-30d", "12h", "+3w", "2m", "..7d", "-2y..today", "<2026-05-01",
     ">=yesterday", ">90d", "<=1d", "none", "soon", "overdue", "now.."]
)  # fmt: skip
VALUES: dict[str, st.SearchStrategy[str]] = {
    "severity": st.sampled_from(["low", "HIGH", "high..", "..medium", ">=high", "<high", "low..high", "unknown", "none"]),
    "score": st.sampled_from(["7", "7..9.5", "..4", ">7", "<=3.25", "none", "10"]),
    "owner": st.sampled_from(["none", "me", "7", "payments", "a_b-c"]),
    "assignee": st.sampled_from(["none", "mine", "007", "ada@acme.example", "Ö@exämple.org"]),
    "cwe": st.sampled_from(["79", "CWE-089", "none"]),
    "id": st.sampled_from(["4711", "0012"]),
    "vulnerability": st.sampled_from(["cve-2021-44228", "none", "GHSA-jfh8-c2jp-5v3q"]),
    **dict.fromkeys(("due", "first_seen", "resolved"), TIMES),
    **dict.fromkeys(("due_before", "due_after", "seen_before", "seen_after"), st.sampled_from(["2026-12-31", "2020-02-29"])),
}  # fmt: skip


def values_of(field: Field) -> st.SearchStrategy[str]:
    """Values as somebody may write them, some of which are refused."""
    known = VALUES[field.name] if field.name in VALUES else st.sampled_from(field.words or ("x",))
    free = field.name in ("asset", "tool", "rule", "component", "file", "text")
    return LETTERS if free else known


@st.composite
def questions(draw: st.DrawFn) -> Filters:
    """Any question, in its normal form."""
    clauses = []
    for field in FIELDS:
        for negated in (False, True):
            if draw(st.integers(0, 5)):
                continue
            values: list[str] = []
            for text in draw(st.lists(values_of(field), min_size=1, max_size=4)):
                try:
                    values += checked(field, text)
                except InvalidError:
                    continue
            if values:
                clauses.append(Clause(field.name, arranged(field, values), negated))
    return Filters(tuple(clauses), draw(st.sampled_from(Order)), draw(st.none() | st.sampled_from(Group)))


@given(questions())
def test_an_address_is_read_back_as_it_was_written(asked: Filters) -> None:
    query = addresses.written(asked)
    assert addresses.filters_in(query) == asked
    assert addresses.canonical(query) == query


@given(questions())
def test_a_typed_question_is_read_back_as_it_was_written(asked: Filters) -> None:
    found = addresses.filters_from({"q": [tokens.text_of(asked)]})
    assert found.clauses == asked.clauses


@given(
    st.text(max_size=200)
    | questions().map(tokens.text_of).flatmap(lambda text: st.sampled_from([text[:-1], text + '"']))
)
def test_whatever_is_typed_is_understood_or_told(text: str) -> None:
    reading = addresses.read({"q": [text]})
    assert all(one.sentence and len(one.token) <= 100 for one in reading.ignored)
    assert addresses.filters_in(addresses.written(reading.filters)) == reading.filters


@given(st.dictionaries(st.sampled_from([*(field.name for field in FIELDS), "not_kind", "order", "q", "utm_source"]) | st.text(min_size=1),
                       st.lists(st.text(max_size=30), max_size=3), max_size=4))  # fmt: skip
def test_whatever_an_address_says_is_understood_or_refused(params: dict[str, list[str]]) -> None:
    reading = addresses.read(params)
    assert addresses.filters_in(addresses.written(reading.filters)) == reading.filters
    assert all(one.place and one.sentence for one in reading.ignored)
    if reading.ignored:
        with pytest.raises(InvalidError):
            addresses.filters_from(params)


@given(st.text(max_size=60))
def test_whatever_was_kept_opens(query: str) -> None:
    kept, _ignored = addresses.salvaged(query)
    assert addresses.canonical(kept) == kept


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("severity:critical,high -kind:secret due:<7d owner:none first-seen:30d login",
         "severity=critical,high&not_kind=secret&owner=none&due=..7d&first_seen=-30d..&text=login"),
        ("severity>=high severity!=high", "severity=critical,high&not_severity=high"),
        ("is:open state:ALL", "state=all"),
        ("cve:cve-2021-44228 package:pkg:npm/lodash", "vulnerability=CVE-2021-44228&component=pkg:npm/lodash"),
        ("owner:me,none assignee:mine,ada@acme.example", "owner=mine,none&assignee=me,ada@acme.example"),
        ('rule:"a, b":c -"two words" "key:value" http://x', 'rule=a,+b:c&text=key:value+http://x&not_text=%22two+words%22'),
        ("score:>=7 score:none", "score=7..,none"),
        ("resolved:-30d..today decision:accepted", "resolved=-30d..today&decision=accepted"),
        ("due:<2026-03-31 due:>yesterday", "due=..2026-03-30,today.."),
    ],
)  # fmt: skip
def test_typed_and_in_the_address(typed: str, address: str) -> None:
    assert addresses.written(addresses.filters_from({"q": [typed]})) == address


@pytest.mark.parametrize(
    ("query", "place", "says"),
    [
        ("severity=terrible", "severity", "'terrible' is none of critical"),
        ("not_state=gone", "not_state", "'gone' is none of"),
        ("sevrity=high", "sevrity", "did you mean severity?"),
        ("q=sevrity:high", "sevrity", "did you mean severity?"),
        ("severity=high..low", "severity", "low..high is one"),
        ("score=11", "score", "from 0 to 10"),
        ("score=..", "score", "open at both ends"),
        ("due=2026-02-30", "due", "not in the calendar"),
        ("due=2026-03-01..2026-02-01", "due", "begins after it ends"),
        ("first_seen=none", "first_seen", "always known"),
        ("first_seen=999999y", "first_seen", "1h to 100y"),
        ("due=9999-01-01", "due", "give a date from"),
        ("owner=Two%20words", "owner", "no team's slug"),
        ("cwe=sql", "cwe", "no weakness"),
        ("id=-1", "id", "no id"),
        ("file=" + "x" * 501, "file", "at most 500"),
        ("rule=a%00b", "rule", "none of them invisible"),
        ("text=" + "+".join(map(str, range(51))), "text", "at most 50 values"),
        ("q=" + "x" * 8001, "query", "at most 8000 characters"),
        ("order=best", "order", "none of severity"),
    ],
)
def test_what_is_wrong_is_named(query: str, place: str, says: str) -> None:
    with pytest.raises(InvalidError, match=says.replace("?", r"\?")) as told:
        addresses.canonical(query)
    assert told.value.place == place


def test_a_kept_question_opens_without_what_is_gone() -> None:
    query, ignored = addresses.salvaged("severity=high&squad=red&kind=secret,quantum&cursor=abc&view=7")
    assert query == "severity=high&kind=secret"
    assert [(one.token, one.place) for one in ignored] == [("squad", "squad"), ("kind:quantum", "kind")]


@pytest.mark.parametrize(
    ("field", "text", "low", "high"),
    [
        ("due", "7d", NOW, NOW + datetime.timedelta(days=7)),
        ("due", "<7d", None, NOW + datetime.timedelta(days=7)),
        ("due", ">7d", NOW + datetime.timedelta(days=7), None),
        ("due", "overdue", None, NOW),
        ("due", "today", datetime.datetime(2026, 3, 15, tzinfo=datetime.UTC), datetime.datetime(2026, 3, 16, tzinfo=datetime.UTC)),
        ("due", "<today", None, datetime.datetime(2026, 3, 15, tzinfo=datetime.UTC)),
        ("due", "<=2026-03-31", None, datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)),
        ("due", ">2026-03-31", datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC), None),
        ("first_seen", "30d", NOW - datetime.timedelta(days=30), None),
        ("first_seen", "<30d", NOW - datetime.timedelta(days=30), None),
        ("first_seen", ">90d", None, NOW - datetime.timedelta(days=90)),
        ("first_seen", ">-30d", NOW - datetime.timedelta(days=30), None),
        ("first_seen", "30d..90d", NOW - datetime.timedelta(days=90), NOW - datetime.timedelta(days=30)),
        ("first_seen", "-30d..yesterday", NOW - datetime.timedelta(days=30), datetime.datetime(2026, 3, 15, tzinfo=datetime.UTC)),
    ],
)  # fmt: skip
def test_times(field: str, text: str, low: datetime.datetime | None, high: datetime.datetime | None) -> None:
    asked = addresses.filters_from({field: [text]})
    (value,) = asked.values(field)
    assert dates.bounds(value, NOW) == (low, high)
