"""The cookie of a session: not readable by scripts, not sent from other sites, and over https only where the platform is reached by https."""

from datetime import datetime

from fastapi import Request, Response

from minixdr.api.auth import COOKIE


def set_session(request: Request, response: Response, secret: str, expires_at: datetime) -> None:
    """Give the browser the session."""
    lifetime = expires_at - request.app.state.platform.now()
    response.set_cookie(
        COOKIE,
        secret,
        max_age=max(0, int(lifetime.total_seconds())),
        path="/",
        secure=is_https(request),
        httponly=True,
        samesite="strict",
    )


def end_session(request: Request, response: Response) -> None:
    """Take it away."""
    response.delete_cookie(COOKIE, path="/", secure=is_https(request), httponly=True, samesite="strict")


def is_https(request: Request) -> bool:
    """Return whether people reach the platform by https."""
    public: str = request.app.state.platform.public_url
    return public.startswith("https://") or request.url.scheme == "https"
