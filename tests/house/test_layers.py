"""The layers of .importlinter hold."""

import subprocess
import sys
from pathlib import Path
from typing import Any


def test_layers_hold(house: Any) -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=house.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
