"""A question to a list of findings, in its normal form."""

from dataclasses import dataclass, replace

from prodsec.findings.rules.filtering.fields import FIELDS, Group, Order

# What members of one cluster differ in: whoever asks for it sees members as rows of their own.
_OF_MEMBERS = frozenset({"tool", "rule", "text", "file", "id"})
# Who asks for these means findings in any state, unless a state is named.
_OF_ANY_STATE = frozenset({"decision", "resolved", "id"})


@dataclass(frozen=True)
class Clause:
    """A field and the normal forms of its values, which are alternatives; negated: everything but these.

    The values of `text` are words that all have to occur (negated: none may).
    """

    field: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Filters:
    """What is asked for: all clauses hold. At most one of a field, and one negated, in the order of the fields."""

    clauses: tuple[Clause, ...] = ()
    order: Order = Order.SEVERITY
    group: Group | None = None

    def clause(self, field: str, *, negated: bool = False) -> Clause | None:
        """The clause about a field."""
        return next((one for one in self.clauses if one.field == field and one.negated == negated), None)

    def values(self, field: str) -> tuple[str, ...]:
        """What is asked for of a field, empty when nothing is."""
        found = self.clause(field)
        return found.values if found else ()

    @property
    def is_open_by_default(self) -> bool:
        """Whether only open findings are meant because nothing says else."""
        return not any(
            one.field == "state" or (one.field in _OF_ANY_STATE and not one.negated and one.values != ("none",))
            for one in self.clauses
        )

    @property
    def tells_members_apart(self) -> bool:
        """Whether it asks for something in which the members of a cluster differ; then members are rows of their own."""
        for negated in (False, True):
            if said := self.clause("members", negated=negated):
                return ("apart" in said.values) is not negated
        return any(one.field in _OF_MEMBERS for one in self.clauses)

    def narrowed_to(self, *more: Clause) -> "Filters":
        """The question about a part of its answer: each given clause stands for the one of its field."""
        fields = {clause.field for clause in more}
        kept = [one for one in self.clauses if one.negated or one.field not in fields]
        place = {field.name: number for number, field in enumerate(FIELDS)}
        return replace(self, clauses=tuple(sorted([*kept, *more], key=lambda one: (place[one.field], one.negated))))
