"""Entity tags: a change must name what it was made from."""

import pytest

from minixdr.api.etag import etag, require_match
from minixdr.api.problem import ProblemError


def test_versions_have_different_tags() -> None:
    """Equal versions have equal tags."""
    assert etag(1) == etag(1) != etag(2)
    assert etag({"a": 1, "b": 2}) == etag({"b": 2, "a": 1})


@pytest.mark.parametrize("given", [etag(1), "*", f'"other", {etag(1)}'])
def test_the_current_tag_lets_through(given: str) -> None:
    """One of several, or a star."""
    require_match(given, etag(1))


@pytest.mark.parametrize(("given", "status"), [(None, 428), (etag(2), 412), (f"W/{etag(1)}", 412), ("", 412)])
def test_another_tag_does_not(given: str | None, status: int) -> None:
    """None is 428, an old or weak one 412."""
    with pytest.raises(ProblemError) as caught:
        require_match(given, etag(1))
    assert caught.value.status == status
