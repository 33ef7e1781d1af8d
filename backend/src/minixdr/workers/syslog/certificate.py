"""The server's certificate, read anew when its files change, so that a renewed one needs no restart."""

import ssl
from pathlib import Path


class CertificateError(Exception):
    """Certificate or key cannot be used; the message says why."""


class Certificate:
    """A TLS context whose certificate follows its files."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises CertificateError."""
        self._certificate = certificate
        self._key = key
        self._written_at = self._look()
        self.context = self._load(_context())

    def renew(self) -> bool:
        """Take the files where they changed; return whether they did. Raises CertificateError: the old one stays."""
        written_at = self._look()
        if written_at == self._written_at:
            return False
        self._load(_context())  # a pair that does not fit must not half replace the one that does
        self._load(self.context)
        self._written_at = written_at
        return True

    def _look(self) -> tuple[int, int]:
        try:
            return self._certificate.stat().st_mtime_ns, self._key.stat().st_mtime_ns
        except OSError as error:
            raise CertificateError(f"{error.filename}: {error.strerror}") from error

    def _load(self, context: ssl.SSLContext) -> ssl.SSLContext:
        try:
            context.load_cert_chain(self._certificate, self._key)
        except (OSError, ssl.SSLError) as error:
            raise CertificateError(f"{self._certificate} and {self._key}: {error}") from error
        return context


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0  # a sender that never reads would have them before our FIN, where it looks for that
    return context
