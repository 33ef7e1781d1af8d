"""The process itself: where its log goes, and how it ends while it still starts."""

import logging
import os
import signal
import sys

import structlog


def log_to_stderr() -> None:
    """Write JSON lines to standard error: time, level, event, and what belongs to it."""
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def end_at_sigterm() -> None:
    """End at SIGTERM also while starting: the first process of a container is not ended by a signal that it does not handle."""
    signal.signal(signal.SIGTERM, lambda number, _: os._exit(128 + number))
