"""Which state may follow which. Source: domain/vulnerability-management.md §8, design.md §5 (lifecycle)."""

from prodsec.findings.types import State, StateError

_MAY_FOLLOW = {
    State.TRIAGED: {State.DETECTED},
    State.IN_REMEDIATION: {State.DETECTED, State.TRIAGED, State.MITIGATED},
    State.MITIGATED: {State.DETECTED, State.TRIAGED, State.IN_REMEDIATION},
    State.DISMISSED: {State.DETECTED, State.TRIAGED, State.IN_REMEDIATION, State.MITIGATED},
    State.RESOLVED: {State.DETECTED, State.TRIAGED, State.IN_REMEDIATION, State.MITIGATED},
    State.DETECTED: {State.RESOLVED, State.DISMISSED},
}


def check(before: State, after: State) -> None:
    """Pass when the step is allowed. Raises: StateError saying where the finding stands."""
    if before not in _MAY_FOLLOW[after]:
        raise StateError(
            f"The finding is {before.word.replace('_', ' ')}; from there it cannot become {after.word.replace('_', ' ')}."
        )


def may_follow(before: State) -> list[State]:
    """The states a person may choose next, in the order of work."""
    return [after for after in State if before in _MAY_FOLLOW[after]]
