"""A certificate for localhost, made when a test needs it and trusted by nobody else."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest


def self_signed(folder: Path, *, days: int = 1) -> tuple[ssl.SSLContext, Path]:
    """A server context with a certificate for localhost, and the file that makes a client trust it.

    Args:
        folder: where the files go.
        days: how long it is valid from now; negative for one that has expired.
    """
    pytest.importorskip("cryptography", reason="no library here that can make a certificate")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=10))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    return context, cert_file


def trusting(cert_file: Path) -> ssl.SSLContext:
    """A client context that trusts this certificate and no other."""
    return ssl.create_default_context(cafile=str(cert_file))
