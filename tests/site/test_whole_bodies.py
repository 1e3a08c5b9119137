"""A request body that was cut short is never taken for a whole one."""

import io

import pytest

from prodsec.site.whole_bodies import WholeBody, whole_bodies


@pytest.mark.parametrize("size", [-1, 3, 100])
def test_a_whole_body_is_read(size: int) -> None:
    body = WholeBody(io.BytesIO(b"0123456789 and the next request"), 10)
    assert b"".join(iter(lambda: body.read(size), b"")) == b"0123456789"


@pytest.mark.parametrize("size", [-1, 3, 100])
def test_a_body_cut_short_fails(size: int) -> None:
    body = WholeBody(io.BytesIO(b"01234"), 10)
    with pytest.raises(OSError, match="5 bytes early"):
        list(iter(lambda: body.read(size), b""))


def test_lines_are_read() -> None:
    body = WholeBody(io.BytesIO(b"one\ntwo\nthree"), 10)
    assert [body.readline(), body.readline(2), body.readline(), body.readline()] == [b"one\n", b"tw", b"o\n", b"th"]


@pytest.mark.parametrize(("length", "guarded"), [("10", True), ("", False), ("ten", False)])
def test_only_announced_bodies_are_watched(length: str, guarded: bool) -> None:
    seen = {}

    def application(environ: dict[str, object], start_response: object) -> list[bytes]:
        seen.update(environ)
        return [b"answer"]

    source = io.BytesIO()
    environ = {"CONTENT_LENGTH": length, "wsgi.input": source}
    assert whole_bodies(application)(environ, lambda *_: None) == [b"answer"]  # type: ignore[arg-type]
    assert isinstance(seen["wsgi.input"], WholeBody) is guarded
