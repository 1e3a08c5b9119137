"""Pins what pyproject.toml asks for, with hashes: `python requirements/compile.py` (needs `uv`).

pip looks for `name[extra]` and `name` each by itself, and takes the newest of what is not pinned; so where somebody
asks for a package with an extra, both are written down.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FILES = {"runtime.txt": ("assets",), "test.txt": ("assets", "test"), "fuzz.txt": ("assets", "test", "fuzz")}
BLOCK = re.compile(r"^([a-z0-9.-]+)(\[[^\]]+\])?==.*?(?=^[a-z0-9]|\Z)", re.MULTILINE | re.DOTALL)


def compiled(pins: Path, extras: tuple[str, ...], *options: str) -> str:
    """What uv writes, starting from the pins there are."""
    wanted = [word for extra in extras for word in ("--extra", extra)]
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--no-emit-index-url"]
    command += ["--python-version", "3.11", *wanted, *options, "pyproject.toml", "-o", str(pins)]
    subprocess.run(command, check=True, cwd=HERE.parent)
    return pins.read_text()


def main() -> int:
    """Write all files again."""
    for name, extras in FILES.items():
        plain = compiled(HERE / name, extras, *sys.argv[1:])
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, name)
            copy.write_text(plain)
            with_extras = {
                found[1]: found[0] for found in BLOCK.finditer(compiled(copy, extras, "--no-strip-extras")) if found[2]
            }
        (HERE / name).write_text(BLOCK.sub(lambda found, also=with_extras: found[0] + also.get(found[1], ""), plain))
    return 0


if __name__ == "__main__":
    sys.exit(main())
