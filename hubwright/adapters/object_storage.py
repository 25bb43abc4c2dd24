"""Objects in a bucket of an S3-compatible object storage, through boto3.

Credentials come from where the AWS tools look for them: the environment, profiles, instance roles. OVHcloud's Object
Storage knows ``If-None-Match`` and ``If-Match`` for PutObject, as AWS does (its guide "Object Storage - Conditional
writes"); where a storage answers that it does not, `create` looks before it writes, and the locks' second look decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from hubwright.core.errors import AuthenticationError, ConfigError, StateError
from hubwright.core.object_store import StoredObject

_CONNECT_TIMEOUT_S: Final = 5
_READ_TIMEOUT_S: Final = 30
_TRIES: Final = 5
_REFUSED: Final = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")
_EXISTS: Final = ("PreconditionFailed", "412", "ConditionalRequestConflict")
_NO_CONDITIONS: Final = ("NotImplemented", "501")
_PARAMETERS: Final = (
    *("endpoint", "region", "profile", "s3ForcePathStyle", "use_path_style", "disableSSL", "disable_https"),
    *("awssdk", "request_checksum_calculation"),
)


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """A bucket, the prefix of all keys in it, and how its storage is reached; None leaves it to the AWS settings."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    path_style: bool = False
    checksums: str | None = None


def parse_bucket_url(url: str) -> BucketAddress:
    """Read ``s3://bucket/prefix?endpoint=…&region=…``, in the form that Pulumi's CLI takes.

    Raises ConfigError, naming a parameter that is not known.
    """
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
    unknown = sorted(set(query) - set(_PARAMETERS))
    if parts.scheme != "s3" or not parts.netloc or unknown:
        what = f"unknown parameter {unknown[0]}" if unknown else "not of the form s3://bucket/prefix"
        raise ConfigError(f"backend {parts.scheme}://{parts.netloc}: {what}", hint=f"known: {', '.join(_PARAMETERS)}")
    endpoint = query.get("endpoint") or None
    insecure = _flag(query, "disableSSL") or _flag(query, "disable_https")
    if endpoint and "://" not in endpoint:
        endpoint = f"{'http' if insecure else 'https'}://{endpoint}"
    prefix = parts.path.strip("/")
    return BucketAddress(
        bucket=parts.netloc,
        prefix=f"{prefix}/" if prefix else "",
        endpoint=endpoint,
        region=query.get("region") or None,
        profile=query.get("profile") or None,
        path_style=_flag(query, "s3ForcePathStyle") or _flag(query, "use_path_style"),
        # Checksums in trailers are refused by some storages that are not Amazon's.
        checksums=query.get("request_checksum_calculation") or ("when_required" if endpoint else None),
    )


def _flag(query: Mapping[str, str], name: str) -> bool:
    value = query.get(name, "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise ConfigError(f"backend: {name}={value} is neither true nor false")
    return value in ("true", "1")


class BucketStore:
    """The objects below a prefix of a bucket. Requests that fail on the way are tried again, for a minute at most."""

    def __init__(self, address: BucketAddress) -> None:
        self._address = address
        with self._explained("", "opened"):
            self._client = _open_client(address)

    def read(self, key: str) -> bytes | None:
        """Get an object."""
        with self._explained(key, "read"):
            try:
                answer = self._client.get_object(**self._at(key))
            except self._client.exceptions.NoSuchKey:
                return None
            data: bytes = answer["Body"].read()
            return data

    def write(self, key: str, data: bytes) -> None:
        """Put an object."""
        with self._explained(key, "written"):
            self._client.put_object(**self._at(key), Body=data)

    def create(self, key: str, data: bytes) -> bool:
        """Put an object on the condition that there is none.

        A refusal may be our own object's, when the answer to the first try was lost: so it is read.
        """
        with self._explained(key, "written"):
            try:
                self._client.put_object(**self._at(key), Body=data, IfNoneMatch="*")
            except self._client.exceptions.ClientError as error:
                code = _code(error)
                if code not in (*_EXISTS, *_NO_CONDITIONS):
                    raise
            else:
                return True
            there = self.read(key)
            if code in _NO_CONDITIONS and there is None:
                self.write(key, data)
                return True
            return there == data

    def copy(self, source: str, target: str) -> None:
        """Copy an object within the storage."""
        with self._explained(target, "written"):
            self._client.copy_object(**self._at(target), CopySource=self._at(source))

    def delete(self, key: str) -> None:
        """Delete an object."""
        with self._explained(key, "removed"):
            self._client.delete_object(**self._at(key))

    def list_objects(self, prefix: str) -> list[StoredObject]:
        """List objects, page by page."""
        with self._explained(prefix, "listed"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._address.bucket, Prefix=self._address.prefix + prefix
            )
            found = [
                StoredObject(entry["Key"].removeprefix(self._address.prefix), entry["LastModified"].timestamp())
                for page in pages
                for entry in page.get("Contents", ())
            ]
        return sorted(found, key=lambda stored: stored.key)

    def open_log(self, key: str) -> BucketLog:
        """Begin a log: one object for each append, since objects do not grow."""
        return BucketLog(self.write, key)

    def read_log(self, key: str) -> bytes | None:
        """Get all objects of a log, in order."""
        parts = [self.read(stored.key) for stored in self.list_objects(f"{key}/")]
        return b"".join(part for part in parts if part is not None) if parts else None

    def delete_log(self, key: str) -> None:
        """Delete all objects of a log, the last first: what is left of it is always a beginning."""
        for stored in reversed(self.list_objects(f"{key}/")):
            self.delete(stored.key)

    def list_logs(self, prefix: str) -> list[str]:
        """Return what the objects below `prefix` are parts of."""
        return sorted({stored.key.rpartition("/")[0] for stored in self.list_objects(prefix)})

    def describe(self, key: str) -> str:
        """Return the object's URL."""
        return f"s3://{self._address.bucket}/{self._address.prefix}{key}"

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._address.bucket, "Key": self._address.prefix + key}

    @contextmanager
    def _explained(self, key: str, action: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound

        try:
            yield
        except (NoCredentialsError, ProfileNotFound) as error:
            raise AuthenticationError(
                f"{self.describe(key)}: {error}",
                hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
            ) from error
        except ClientError as error:
            raise self._explain(error, key, action) from error
        except BotoCoreError as error:
            raise StateError(
                f"{self.describe(key)}: cannot be {action}: {error}", hint="see that the storage can be reached"
            ) from error

    def _explain(self, error: Any, key: str, action: str) -> StateError | AuthenticationError:
        code, status = _code(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "?")
        message = f"{self.describe(key)}: cannot be {action}: {code} (HTTP {status})"
        if code in _REFUSED or status in (401, 403):
            return AuthenticationError(message, hint="see that the credentials may read and write this bucket")
        hint = "make the bucket first" if code == "NoSuchBucket" else "what was there before still is; run again"
        return StateError(message, hint=hint)


class BucketLog:
    """A log in numbered objects. A part that could not be written is written over by the next try."""

    def __init__(self, write: Callable[[str, bytes], None], key: str) -> None:
        self._write = write
        self._key = key
        self._parts = 0

    def append(self, data: bytes) -> None:
        """Put the next part."""
        self._write(f"{self._key}/{self._parts + 1:08d}.jsonl", data)
        self._parts += 1

    def close(self) -> None:
        """Nothing is held open."""


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", "?"))


def _open_client(address: BucketAddress) -> Any:
    import boto3
    from botocore.config import Config

    checksums = {"request_checksum_calculation": address.checksums} if address.checksums else {}
    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        s3={"addressing_style": "path" if address.path_style else "auto"},
        **checksums,
    )
    session = boto3.Session(profile_name=address.profile, region_name=address.region)
    return session.client("s3", endpoint_url=address.endpoint, config=config)
