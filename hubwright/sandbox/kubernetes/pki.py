"""The certificates of one cluster: made once, kept across restarts, valid on loopback only.

etcd has an authority of its own, so that a certificate for the API server opens nothing in etcd.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = dt.timedelta(days=3650)
_CLOCK_SKEW = dt.timedelta(minutes=5)
_LOOPBACK = ipaddress.ip_address("127.0.0.1")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its private key as PEM files."""

    certificate: Path
    key: Path

    @classmethod
    def in_folder(cls, folder: Path, name: str) -> KeyPair:
        """Name the two files that `name` has in `folder`; they need not exist yet."""
        return cls(folder / f"{name}.crt", folder / f"{name}.key")

    def exists(self) -> bool:
        """Tell whether both files are there."""
        return self.certificate.is_file() and self.key.is_file()


@dataclass(frozen=True, slots=True)
class ClusterPki:
    """All key material of one cluster."""

    authority: KeyPair
    etcd_authority: KeyPair
    etcd_server: KeyPair
    etcd_client: KeyPair
    serving: KeyPair
    admin: KeyPair
    controller_manager: KeyPair
    scheduler: KeyPair
    kwok: KeyPair
    service_accounts: KeyPair

    @property
    def ca_pem(self) -> str:
        """The certificate that clients of the API server trust."""
        return self.authority.certificate.read_text()


def ensure_pki(folder: Path, *, service_ip: str) -> ClusterPki:
    """Return the key material in `folder`, making what is missing.

    `service_ip` is the address of the `kubernetes` Service, which the serving certificate must name too.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = _ensure_authority(folder, "ca", "kubernetes-ca")
    etcd_authority = _ensure_authority(folder, "etcd-ca", "etcd-ca")
    return ClusterPki(
        authority=authority,
        etcd_authority=etcd_authority,
        etcd_server=_ensure_server(folder, "etcd", etcd_authority, addresses=()),
        etcd_client=_ensure_client(folder, "etcd-client", etcd_authority, user="kube-apiserver-etcd-client"),
        serving=_ensure_server(folder, "serving", authority, addresses=(service_ip,)),
        admin=_ensure_client(folder, "admin", authority, user="kubernetes-admin", group="system:masters"),
        controller_manager=_ensure_client(
            folder, "controller-manager", authority, user="system:kube-controller-manager"
        ),
        scheduler=_ensure_client(folder, "scheduler", authority, user="system:kube-scheduler"),
        # kwok plays every kubelet and the volume driver, so no single role of Kubernetes fits it.
        kwok=_ensure_client(folder, "kwok", authority, user="kwok", group="system:masters"),
        service_accounts=_ensure_signing_key(folder, "service-accounts"),
    )


def _ensure_authority(folder: Path, name: str, common_name: str) -> KeyPair:
    pair = KeyPair.in_folder(folder, name)
    if pair.exists():
        return pair
    key = _new_key()
    subject = _subject(common_name)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return _write_pair(pair, certificate, key)


def _ensure_server(folder: Path, name: str, authority: KeyPair, *, addresses: tuple[str, ...]) -> KeyPair:
    names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    names.append("kubernetes.default.svc.cluster.local")
    alternatives = [
        *(x509.DNSName(entry) for entry in names),
        *(x509.IPAddress(address) for address in (_LOOPBACK, *map(ipaddress.ip_address, addresses))),
    ]
    # etcd's server is also a client of itself: of its own peers and of its HTTP gateway.
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return _ensure_leaf(folder, name, authority, _subject(name), usages, alternatives)


def _ensure_client(folder: Path, name: str, authority: KeyPair, *, user: str, group: str | None = None) -> KeyPair:
    return _ensure_leaf(folder, name, authority, _subject(user, group), [ExtendedKeyUsageOID.CLIENT_AUTH], [])


def _ensure_leaf(
    folder: Path,
    name: str,
    authority: KeyPair,
    subject: x509.Name,
    usages: list[x509.ObjectIdentifier],
    alternatives: list[x509.GeneralName],
) -> KeyPair:
    pair = KeyPair.in_folder(folder, name)
    if pair.exists():
        return pair
    issuer = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    issuer_key = serialization.load_pem_private_key(authority.key.read_bytes(), password=None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key = _new_key()
    builder = (
        _builder(subject, issuer.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return _write_pair(pair, builder.sign(issuer_key, hashes.SHA256()), key)


def _ensure_signing_key(folder: Path, name: str) -> KeyPair:
    """Make the key that signs service account tokens; its public half stands where others have a certificate."""
    pair = KeyPair(folder / f"{name}.pub", folder / f"{name}.key")
    if not pair.exists():
        key = _new_key()
        _write_private(pair.key, _key_pem(key))
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        pair.certificate.write_bytes(public)
    return pair


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(common_name: str, organization: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_pair(pair: KeyPair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> KeyPair:
    _write_private(pair.key, _key_pem(key))
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return pair


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
