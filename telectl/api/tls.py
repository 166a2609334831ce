"""TLS of the HTTP server, by settings."""

from __future__ import annotations

import ssl
from pathlib import Path

from telectl.errors import SettingsError


def server_tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return the server's TLS, None where no certificate is set.

    Args:
        certificate: PEM file with the certificate and those that lead to its authority.
        key: PEM file with its key; the certificate's own file if None.

    Raises:
        SettingsError: one line that names the setting whose file is at fault.
    """
    if certificate is None:
        if key is not None:
            raise SettingsError("TELECTL_TLS_KEY: TELECTL_TLS_CERTIFICATE is not set")
        return None
    for setting, path in (("CERTIFICATE", certificate), ("KEY", key)):
        _check_readable(setting, path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        reason = (error.reason or "not PEM") if isinstance(error, ssl.SSLError) else str(error)
        files = f"{certificate} and {key}" if key else str(certificate)
        raise SettingsError(
            f"TELECTL_TLS_CERTIFICATE: no certificate with its key in {files}: {reason.replace('_', ' ').lower()}"
        ) from None
    return context


def _check_readable(setting: str, path: Path | None) -> None:
    try:
        if path is not None:
            path.read_bytes()
    except OSError as error:
        raise SettingsError(f"TELECTL_TLS_{setting}: cannot read {path}: {error.strerror}") from None


def _no_password() -> str:
    raise ValueError("the key is encrypted")
