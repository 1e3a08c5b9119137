"""`make kill-test`: worker, web process and PostgreSQL are killed while reports are imported; nothing may be lost.

Uploads come from several clients through `prodsec upload`'s own client, each with its idempotency key, repeated until
they are acknowledged. Meanwhile SIGKILL falls at random moments. Afterwards every acknowledged upload must be imported,
once, and the record must equal that of one clean run of the same reports.
"""

import argparse
import difflib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from bench.installation import TARGETS, Installation
from bench.record import asset_of
from prodsec_cli.client import Client, UnavailableError

# `prodsec up` counts deaths within three seconds of a start as a fault of the process itself.
OLD_ENOUGH_SECONDS = 3.2
SETTLE_SECONDS = 180.0
UPLOAD_SECONDS = 120.0


def main(arguments: list[str] | None = None) -> int:
    """Run the story. Exit 1 when something was lost, doubled or different."""
    args = _arguments(arguments)
    chance = random.Random(args.seed)
    print(f"{args.imports} imports into {args.assets} assets, seed {args.seed}")
    folder = Path(tempfile.mkdtemp(prefix="prodsec-kill-"))
    try:
        reports = _write_reports(folder / "reports", args.imports, args.assets, args.rows, chance)
        with Installation(folder / "killed") as prodsec:
            story = _Story(prodsec, reports, chance, args)
            story.run()
            complaints = story.complaints()
            told = prodsec.run("doctor") if not complaints else ""
            if args.log:
                args.log.write_text(prodsec.log())
        print(f"kills: {dict(story.kills)}\n{told.strip()}")
        complaints += [f"process {pid} outlived prodsec up" for pid in prodsec.left_behind()]
        complaints += _differences(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for complaint in complaints[:40]:
        print(complaint)
    print("nothing was lost" if not complaints else f"{len(complaints)} complaints")
    return 1 if complaints else 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("--imports", type=int, default=200)
    parser.add_argument("--assets", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1_500, help="findings of a report (default 1,500)")
    parser.add_argument("--kills", type=int, default=0, help="default: a third of the imports, at least six")
    parser.add_argument("--log", type=Path, help="write there what `prodsec up` said")
    parser.add_argument("--every", type=float, default=1.5, help="seconds between kills, on average (default 1.5)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return parser.parse_args(arguments)


def _write_reports(folder: Path, imports: int, assets: int, rows: int, chance: random.Random) -> list[Path]:
    """`asset--number.sarif`: each later one of an asset has some findings gone and some new."""
    folder.mkdir()
    made = []
    firsts = [0] * assets
    for number in range(imports):
        round_, asset = divmod(number, assets)
        first = firsts[asset]
        # Never the same bytes twice: an equal upload that still waits is joined, and would not be counted.
        firsts[asset] += chance.randrange(1, rows // 10)
        path = folder / f"asset-{asset:03d}--{round_:04d}.sarif"
        results = [_result(line) for line in range(first, first + rows)]
        run = {"tool": {"driver": {"name": "killer", "version": "1"}}, "results": results}
        path.write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
        made.append(path)
    return made


def _result(number: int) -> dict[str, object]:
    place = {
        "artifactLocation": {"uri": f"src/part{number // 20}.py"},
        "region": {"startLine": number + 1, "snippet": {"text": f"call_{number}(argument)"}},
    }
    return {
        "ruleId": f"rule-{number % 25}",
        "level": ("error", "warning", "note")[number % 3],
        "message": {"text": f"Finding number {number}."},
        "locations": [{"physicalLocation": place}],
    }


class _Report:
    """A report as the client sends it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def rewind(self) -> "_Bytes":
        """The bytes, from the first one."""
        return _Bytes(self._path.read_bytes())


class _Bytes:
    """Bytes that can be read."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        end = len(self._data) if size < 0 else size
        head, self._data = self._data[:end], self._data[end:]
        return head


class _Story:
    """Clients that upload, somebody who kills, and what came of it."""

    def __init__(
        self, prodsec: Installation, reports: list[Path], chance: random.Random, args: argparse.Namespace
    ) -> None:
        self._prodsec = prodsec
        self._chance = chance
        self._every: float = args.every
        self._how_often: int = args.kills or max(args.imports // 3, 6)
        self._reports = reports
        self._acknowledged: dict[str, int] = {}
        self._lock = threading.Lock()
        self._odd: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        prodsec.run("user", "create", "killer@kill.example", "--admin", "--no-password")
        told = prodsec.run(
            "token", "create", "kills", "--for", "killer@kill.example", "--scope", "read", "--scope", "import"
        )
        token = next(word for word in told.split() if word.startswith("pst_"))
        self._client = Client(prodsec.url, token)

    def run(self, *, clients: int = 4) -> None:
        """Upload everything while things die, then wait until all is imported."""
        by_asset: dict[str, list[Path]] = {}
        for path in self._reports:
            by_asset.setdefault(asset_of(path), []).append(path)
        shares = [list(by_asset.values())[number::clients] for number in range(clients)]
        threads = [threading.Thread(target=self._upload, args=(share,)) for share in shares]
        killer = threading.Thread(target=self._kill)
        for thread in (*threads, killer):
            thread.start()
        for thread in threads:
            thread.join()
        killer.join()
        self._settle()

    def complaints(self) -> list[str]:
        """What was lost, doubled, or did not end well."""
        if not self._prodsec.is_up():
            return ["prodsec up gave up"]
        scans = self._scans()
        found = [f"an upload was answered {answer} ({times} times)" for answer, times in self._odd.items()]
        found += [f"{name} was never acknowledged" for name in self._names() - set(self._acknowledged)]
        found += [
            f"{scan['file_name']} is {scan['state']}: {scan['error']}" for scan in scans if scan["state"] != "done"
        ]
        times = Counter(str(scan["file_name"]) for scan in scans)
        found += [f"{name} is there {times[name]} times" for name in sorted(self._names()) if times[name] != 1]
        ids = {scan["file_name"]: scan["scan"] for scan in scans}
        found += [
            f"{name} is not the import told" for name, told in self._acknowledged.items() if ids.get(name) != told
        ]
        return found

    def _names(self) -> set[str]:
        return {path.name for path in self._reports}

    def _upload(self, assets: list[list[Path]]) -> None:
        """Each asset's reports in their order; the next only after the one before was acknowledged."""
        for round_ in zip(*assets, strict=False):
            for path in round_:
                self._upload_one(path)
        longest = min(map(len, assets), default=0)
        for path in (path for reports in assets for path in reports[longest:]):
            self._upload_one(path)

    def _upload_one(self, path: Path) -> None:
        headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": path.name}
        query = {"asset": asset_of(path), "file_name": path.name}
        deadline = time.monotonic() + UPLOAD_SECONDS
        while self._prodsec.is_up() and time.monotonic() < deadline:
            try:
                answer = self._client.post("/api/v1/imports", query, _Report(path), headers)
            except UnavailableError:
                continue
            if answer.status in (200, 202):
                with self._lock:
                    self._acknowledged[path.name] = int(str(answer.body["scan"]))
                return
            self._odd[f"{answer.status} {answer.body.get('detail')}"] += 1
            time.sleep(0.5)

    def _kill(self) -> None:
        """Kill as often as was asked; who died a moment ago is left alone."""
        while self.kills.total() < self._how_often and self._prodsec.is_up():
            time.sleep(self._chance.uniform(0.2, 2 * self._every))
            target = self._chance.choice(TARGETS)
            if self._prodsec.kill(target, older_than=OLD_ENOUGH_SECONDS):
                self.kills[target] += 1

    def _settle(self) -> None:
        """Wait until no import is unfinished."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline and self._prodsec.is_up():
            try:
                pending = sum(1 for scan in self._scans() if scan["state"] in ("received", "reading"))
            except UnavailableError:
                continue
            if not pending:
                return
            time.sleep(0.5)

    def _scans(self) -> list[dict[str, object]]:
        scans: list[dict[str, object]] = []
        cursor = ""
        while True:
            answer = self._client.get(f"/api/v1/imports?limit=200&cursor={cursor}")
            if answer.status != 200:
                raise UnavailableError(f"the list answers {answer.status}")
            items = answer.body["items"]
            scans += [dict(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
            if not answer.body["next"]:
                return scans
            cursor = str(answer.body["next"])


def _differences(folder: Path) -> list[str]:
    """How the record differs from that of a clean run of the same reports."""
    clean = folder / "clean"
    clean.mkdir()
    # Hashes of secrets and the like are keyed; both runs must use the same key to be compared.
    shutil.copy(folder / "killed" / "secret.key", clean)
    killed_lines = _record(folder / "killed")
    clean_lines = _record(clean, str(folder / "reports"))
    print(f"the record has {len(clean_lines)} rows")
    differing = difflib.unified_diff(clean_lines, killed_lines, "one clean run", "with kills", n=0, lineterm="")
    return list(differing)


def _record(home: Path, *reports: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.record", *reports],
        env=Installation(home).environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the record of {home} cannot be read: {done.stderr}")
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
