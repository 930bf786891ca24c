"""Objects on S3 (AWS itself, or any server that speaks its protocol): put and verify, sign, delete."""

import base64
import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, SSLError

from switchroom.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 1 << 20
PART = 8 << 20
"""Bytes of a part of an upload. S3 takes parts of 5 MiB and more, and 10,000 of them."""
_REFUSALS = {
    403: "refuses our key (403): SWITCHROOM_S3_ACCESS_KEY, SWITCHROOM_S3_SECRET_KEY",
    404: "has no bucket {bucket!r}: SWITCHROOM_S3_BUCKET",
}
_UNSAFE_IN_NAME = re.compile(r'[^A-Za-z0-9 ._+()-]|["\\]')


class StorageError(Exception):
    """The object store refused, is away, or did not keep what it was given."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored and confirmed: bytes, and the SHA-256 of them (hex)."""

    size: int
    sha256: str


class Storage:
    """One bucket. Safe to make before a fork: no connection is opened until the first request."""

    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.s3_bucket
        self._region = settings.s3_region
        self._client = _client(settings, settings.s3_endpoint)
        public = settings.s3_public_endpoint
        self._signer = _client(settings, public) if public else self._client

    def put_file(self, key: str, path: Path, content_type: str) -> Stored:
        """Upload `path` and return when the store has proved that it holds exactly these bytes.

        The upload carries the body's MD5, which the store checks; then HEAD must show the size and the MD5.
        If the ETag is not the MD5 of the body (KMS encryption, other stores), the object is read back and
        compared. Raises `StorageError`.
        """
        size, md5, sha256 = _digests(path)
        try:
            with path.open("rb") as body:
                self._client.put_object(
                    Bucket=self.bucket, Key=key, Body=body, ContentLength=size, ContentType=content_type,
                    ContentMD5=base64.b64encode(md5).decode(),
                )  # fmt: skip
            head = self._client.head_object(Bucket=self.bucket, Key=key)
        except (BotoCoreError, ClientError) as error:
            raise StorageError(f"put {key}: {error}") from error
        if head["ContentLength"] != size:
            raise StorageError(f"put {key}: {head['ContentLength']} bytes are stored, {size} were sent")
        etag = head["ETag"].strip('"')
        if etag != md5.hex() and self._stored_sha256(key) != sha256:
            raise StorageError(f"put {key}: the stored object's checksum differs")
        return Stored(size, sha256)

    def put_bytes(self, key: str, content: bytes, content_type: str) -> Stored:
        """Do what `put_file` does, with what is in memory."""
        with tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
            path = Path(folder) / "content"
            path.write_bytes(content)
            return self.put_file(key, path, content_type)

    def holds(self, key: str, size: int, sha256: str) -> bool:
        """Whether the object is there with this size and, read back, this SHA-256."""
        return self.size(key) == size and self._stored_sha256(key) == sha256

    def size(self, key: str) -> int | None:
        """Return the bytes of the object; None if there is none. Raises `StorageError` if the store is away."""
        try:
            return int(self._client.head_object(Bucket=self.bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if _status(error) == 404:
                return None
            raise StorageError(f"head {key}: {error}") from error
        except BotoCoreError as error:
            raise StorageError(f"head {key}: {error}") from error

    def exists(self, key: str) -> bool:
        return self.size(key) is not None

    def get_file(self, key: str, path: Path) -> None:
        """Download the object to `path`. Raises `StorageError`."""
        try:
            body = self._client.get_object(Bucket=self.bucket, Key=key)["Body"]
            with path.open("wb") as file:
                for chunk in body.iter_chunks(CHUNK):
                    file.write(chunk)
        except (BotoCoreError, ClientError) as error:
            raise StorageError(f"get {key}: {error}") from error

    def get_bytes(self, key: str) -> bytes:
        """Return what the object holds. Raises `StorageError`."""
        with tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
            path = Path(folder) / "content"
            self.get_file(key, path)
            return path.read_bytes()

    def delete(self, key: str) -> None:
        """Delete the object. Does nothing if there is none. Raises `StorageError`."""
        try:
            self._client.delete_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if _status(error) != 404:
                raise StorageError(f"delete {key}: {error}") from error
        except BotoCoreError as error:
            raise StorageError(f"delete {key}: {error}") from error

    def presigned_url(
        self, key: str, seconds: int, filename: str | None = None, *, inline_type: str | None = None
    ) -> str:
        """Return a URL that anyone may GET for `seconds`; with `filename`, as a download of that name.

        With `inline_type` the browser may show it, as this type whatever the store says.
        """
        params: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if inline_type:
            params["ResponseContentType"] = inline_type
        if filename:
            way = "inline" if inline_type else "attachment"
            params["ResponseContentDisposition"] = f"{way}; {_named(filename)}"
        return self._signer.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)

    def begin_upload(self, key: str, content_type: str) -> "Upload":
        """Return what writes an object piece by piece. The store hears of it with the first piece."""
        return Upload(self._client, self.bucket, key, content_type)

    def abort_uploads(self, prefix: str) -> None:
        """Delete the parts of all uploads below `prefix` that did not end. Raises `StorageError`."""
        for key, upload in self.unfinished(prefix):
            try:
                self._client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload)
            except (BotoCoreError, ClientError) as error:
                if not _is_no_upload(error):
                    raise StorageError(f"abort {key}: {error}") from error

    def unfinished(self, prefix: str) -> list[tuple[str, str]]:
        """Return the key and the id of each upload below `prefix` that did not end. Raises `StorageError`."""
        pages = self._client.get_paginator("list_multipart_uploads")
        try:
            return [
                (one["Key"], one["UploadId"])
                for page in pages.paginate(Bucket=self.bucket, Prefix=prefix)
                for one in page.get("Uploads", ())
            ]
        except (BotoCoreError, ClientError) as error:
            if _is_no_upload(error):
                return []
            raise StorageError(f"list uploads of {prefix}: {error}") from error

    def ensure_bucket(self) -> None:
        """Create the bucket if it isn't there. Raises `StorageError`."""
        if self.healthy():
            return
        try:
            if self._region == "us-east-1":
                self._client.create_bucket(Bucket=self.bucket)
            else:
                place: Any = {"LocationConstraint": self._region}
                self._client.create_bucket(Bucket=self.bucket, CreateBucketConfiguration=place)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code != "BucketAlreadyOwnedByYou":
                raise StorageError(f"create bucket {self.bucket}: {error}") from error
        except BotoCoreError as error:
            raise StorageError(f"create bucket {self.bucket}: {error}") from error

    def healthy(self) -> bool:
        """Whether the store answers and has the bucket."""
        return not self.trouble()

    def trouble(self) -> str:
        """Return why nothing can be stored, with the setting to look at; empty if all is well."""
        try:
            self._client.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            status = _status(error)
            return _REFUSALS.get(status, "answers {status}").format(status=status, bucket=self.bucket)
        except SSLError:
            return "its certificate is not accepted: SWITCHROOM_S3_ENDPOINT"
        except BotoCoreError as error:
            return f"does not answer ({type(error).__name__}): SWITCHROOM_S3_ENDPOINT"
        return ""

    def close(self) -> None:
        """Close the connections; the next request opens new ones. To be called before a fork."""
        self._client.close()

    def _stored_sha256(self, key: str) -> str:
        digest = hashlib.sha256()
        try:
            body = self._client.get_object(Bucket=self.bucket, Key=key)["Body"]
            for chunk in body.iter_chunks(CHUNK):
                digest.update(chunk)
        except (BotoCoreError, ClientError) as error:
            raise StorageError(f"read back {key}: {error}") from error
        return digest.hexdigest()


class Upload:
    """An object that arrives in pieces. It is there, whole, once `finish` has returned, and not before.

    The pieces are of `PART` bytes, but the last. Used by one thread at a time. Raises `StorageError`.
    """

    def __init__(self, client: "S3Client", bucket: str, key: str, content_type: str) -> None:
        self._client, self._type = client, content_type
        self._place: dict[str, Any] = {"Bucket": bucket, "Key": key}
        self._id: str | None = None
        self._parts: list[Any] = []
        self._size, self._sha256 = 0, hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """Store a piece that is not the last one."""
        try:
            if self._id is None:
                begun = self._client.create_multipart_upload(**self._place, ContentType=self._type)
                self._id = begun["UploadId"]
            number = len(self._parts) + 1
            part = self._client.upload_part(
                **self._place,
                UploadId=self._id,
                PartNumber=number,
                Body=piece,
                ContentMD5=self._counted(piece),
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageError(f"upload part of {self._place['Key']}: {error}") from error
        self._parts.append({"PartNumber": number, "ETag": part["ETag"]})

    def finish(self, piece: bytes) -> Stored:
        """Store the last piece, make the object whole, and return what the store confirms."""
        key = self._place["Key"]
        try:
            if self._id is None:
                md5 = self._counted(piece)
                self._client.put_object(**self._place, Body=piece, ContentType=self._type, ContentMD5=md5)
            else:
                if piece:
                    self.add(piece)
                self._client.complete_multipart_upload(
                    **self._place, UploadId=self._id, MultipartUpload={"Parts": self._parts}
                )
            size = int(self._client.head_object(**self._place)["ContentLength"])
        except (BotoCoreError, ClientError) as error:
            raise StorageError(f"finish {key}: {error}") from error
        if size != self._size:
            raise StorageError(f"finish {key}: {size} bytes are stored, {self._size} were sent")
        return Stored(size, self._sha256.hexdigest())

    def _counted(self, piece: bytes) -> str:
        """Count the piece in, and return its MD5 (what S3 checks; not a security measure)."""
        self._size += len(piece)
        self._sha256.update(piece)
        return base64.b64encode(hashlib.md5(piece, usedforsecurity=False).digest()).decode()


def _named(filename: str) -> str:
    """Return the file's name as a header says it: in ASCII, and whole (RFC 6266) if that is not all of it."""
    safe = _UNSAFE_IN_NAME.sub("_", filename)
    whole = "" if safe == filename else f"; filename*=UTF-8''{quote(filename, safe='')}"
    return f'filename="{safe}"{whole}'


def _client(settings: Settings, endpoint: str) -> "S3Client":
    access, secret = settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value()
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 3},
    )
    return boto3.client(
        "s3", endpoint_url=endpoint or None, region_name=settings.s3_region, config=config,
        aws_access_key_id=access or None, aws_secret_access_key=secret or None,
    )  # fmt: skip


def _digests(path: Path) -> tuple[int, bytes, str]:
    """Size, MD5 (what S3 speaks; not a security measure) and SHA-256 of a file."""
    size, md5, sha256 = 0, hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            md5.update(chunk)
            sha256.update(chunk)
    return size, md5.digest(), sha256.hexdigest()


def _is_no_upload(error: Exception) -> bool:
    """Whether the upload has ended meanwhile. Some stores answer a list of no uploads so, too."""
    return isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "NoSuchUpload"


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
