"""Running the web page: one process, on this machine alone unless asked otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from detect.pipeline.session import Session

__all__ = ["serve"]


def serve(session: Session, now: Callable[[], datetime], host: str, port: int) -> None:
    """Answer until stopped. Nothing of a request is logged: an address is a key."""
    import uvicorn

    from detect.web.app import create_app  # noqa: PLC0415

    uvicorn.run(
        create_app(session, now),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        limit_concurrency=64,
        h11_max_incomplete_event_size=16 * 1024,
    )
