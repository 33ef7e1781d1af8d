"""Requests that another site makes a browser send (cross-site request forgery) are refused.

A session's cookie is `SameSite=Strict`; besides, a request that changes something and carries no token must come from the platform's own pages:
its `Origin` is the platform's, or, where there is none (a program with a cookie), it has the header `X-Minixdr-Request`, which no page of
another site can send without being asked for permission (CORS), and that is never given.
"""

from urllib.parse import urlsplit

from fastapi import Request

from minixdr.api.problem import ProblemError

HEADER = "X-Minixdr-Request"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def check_origin(request: Request, *, with_cookie: bool) -> None:
    """Raises ProblemError where the request changes something and comes from elsewhere."""
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    if origin is None:
        if with_cookie and HEADER not in request.headers:
            raise ProblemError(403, "cross-site", f"Send the header `{HEADER}: 1` with a session's cookie.")
        return
    public = urlsplit(request.app.state.platform.public_url)
    own = {f"{public.scheme}://{public.netloc}", f"{request.url.scheme}://{request.headers.get('host', '')}"}
    if origin not in own:
        raise ProblemError(403, "cross-site", "This request comes from a page of another site.")
