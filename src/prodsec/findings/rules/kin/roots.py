"""Where tools start their paths: one tool says `app/views.py`, another `/builds/acme/app/views.py`, a third `views.py`.

Two paths may be one file when one ends with the other. Which of all possible beginnings joins two tools is told by the number of
files that it makes meet; where two beginnings make equally many meet, the tools' files stay apart.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

Prefixes = dict[str, str]


def plain(path: str) -> str:
    """A path with `/`, without `./` before it."""
    path = path.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path


def prefixes_of(files: Mapping[str, Collection[str]]) -> Prefixes:
    """What to put before the paths of each tool so that equal files have equal paths. Order: does not matter."""
    edges = _edges({tool: {plain(path) for path in paths if path} for tool, paths in files.items()})
    prefixes: Prefixes = {}
    for tool in sorted(files):
        if tool not in prefixes:
            prefixes |= _component(tool, edges)
    return prefixes


def _edges(files: dict[str, set[str]]) -> dict[str, list[tuple[str, str, bool]]]:
    """From each tool to others: (other, what the longer paths begin with, whether the other's are the longer), most files first."""
    names: dict[str, dict[str, list[str]]] = {}
    for tool, paths in files.items():
        by_name: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            by_name[path.rpartition("/")[2]].append(path)
        names[tool] = by_name
    weighed = []
    tools = sorted(files)
    for index, one in enumerate(tools):
        for other in tools[index + 1 :]:
            best = _beginning(files[one], names[one], files[other], names[other])
            if best is not None:
                weighed.append((-best[0], one, other, best[1], best[2]))
    edges: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for _, one, other, beginning, is_longer in sorted(weighed):
        edges[one].append((other, beginning, is_longer))
        edges[other].append((one, beginning, not is_longer))
    return edges


def _beginning(
    one: set[str], ones: dict[str, list[str]], other: set[str], others: dict[str, list[str]]
) -> tuple[int, str, bool] | None:
    """How many files meet, the beginning that makes them, and whether it is the other's; None when none does best."""
    equal = len(one & other)
    votes: Counter[tuple[str, bool]] = Counter({("", False): equal}) if equal else Counter()
    for name in ones.keys() & others.keys():
        if len(ones[name]) * len(others[name]) > _MANY:
            continue
        for mine in ones[name]:
            for theirs in others[name]:
                if mine != theirs and (mine.endswith("/" + theirs) or theirs.endswith("/" + mine)):
                    longer, shorter = (theirs, mine) if len(theirs) > len(mine) else (mine, theirs)
                    votes[longer[: -len(shorter)], len(theirs) > len(mine)] += 1
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1] and not equal):
        return None
    if equal and equal == ranked[0][1]:
        return equal, "", False
    (beginning, is_others), count = ranked[0]
    return count, beginning, is_others


# `__init__.py` stands in every folder: what hundreds of files are called says nothing of where a tool starts.
_MANY = 2_500


def _component(start: str, edges: dict[str, list[tuple[str, str, bool]]]) -> Prefixes:
    """Prefixes of all tools that meet this one, directly or through others."""
    prefixes: Prefixes = {start: ""}
    queue = [start]
    while queue:
        tool = queue.pop(0)
        for other, beginning, is_longer in edges.get(tool, ()):
            if other in prefixes:
                continue
            mine = prefixes[tool]
            if not is_longer:
                prefixes[other] = mine + beginning
            elif mine.endswith(beginning):
                prefixes[other] = mine.removesuffix(beginning)
            elif mine == "":
                prefixes = {known: beginning + prefix for known, prefix in prefixes.items()}
                prefixes[other] = ""
            else:
                continue
            queue.append(other)
    return prefixes
