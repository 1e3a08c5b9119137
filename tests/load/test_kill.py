"""A small kill test: `make kill-test` runs the large one."""

import pytest
from bench import kill


@pytest.mark.xdist_group("kill")
def test_nothing_is_lost_when_processes_are_killed(capsys: pytest.CaptureFixture[str]) -> None:
    code = kill.main(
        ["--imports", "12", "--assets", "6", "--rows", "200", "--kills", "4", "--every", "1", "--seed", "12"]
    )
    told = capsys.readouterr().out
    assert code == 0, told
    assert "Everything is sound" in told
