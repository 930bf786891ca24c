"""Storage with a real S3 server. A confirmed object is there, and a store that confirms falsely is detected."""

import hashlib
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from switchroom.settings import Settings
from switchroom.storage import PART, Storage, StorageError
from tests.support.servers import S3Server, free_port

pytestmark = pytest.mark.service


@pytest.fixture
def settings(s3_server: S3Server) -> Settings:
    return Settings(
        s3_endpoint=s3_server.endpoint,
        s3_bucket=s3_server.bucket,
        s3_access_key=SecretStr(s3_server.access_key),
        s3_secret_key=SecretStr(s3_server.secret_key),
    )


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return Storage(settings)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + bytes(range(256)) * 5000)
    return path


def test_put_is_confirmed_and_readable_by_a_presigned_url(storage: Storage, file: Path) -> None:
    stored = storage.put_file("recordings/t/2026/01/02/x.wav", file, "audio/wav")
    assert (stored.size, stored.sha256) == (1280004, hashlib.sha256(file.read_bytes()).hexdigest())
    assert storage.holds("recordings/t/2026/01/02/x.wav", stored.size, stored.sha256)
    assert not storage.holds("recordings/t/2026/01/02/x.wav", stored.size, "0" * 64)
    url = storage.presigned_url("recordings/t/2026/01/02/x.wav", 60, 'Sales "call"\r\n.wav')
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.content == file.read_bytes()
    assert answer.headers["content-type"] == "audio/wav"


def test_an_unsigned_or_tampered_url_is_refused(storage: Storage, file: Path) -> None:
    storage.put_file("k.wav", file, "audio/wav")
    url = storage.presigned_url("k.wav", 60)
    assert httpx.get(url.split("?")[0]).status_code in (400, 403)
    assert httpx.get(url.replace("k.wav", "other.wav")).status_code == 403


def test_get_file_brings_the_object_back(storage: Storage, file: Path, tmp_path: Path) -> None:
    storage.put_file("k.wav", file, "audio/wav")
    storage.get_file("k.wav", tmp_path / "back.wav")
    assert (tmp_path / "back.wav").read_bytes() == file.read_bytes()
    with pytest.raises(StorageError):
        storage.get_file("no-such.wav", tmp_path / "none.wav")


def test_delete_is_repeatable(storage: Storage, file: Path) -> None:
    storage.put_file("gone.wav", file, "audio/wav")
    assert storage.exists("gone.wav")
    storage.delete("gone.wav")
    assert not storage.exists("gone.wav")
    storage.delete("gone.wav")


def test_a_changed_object_is_noticed(storage: Storage, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put = storage._client.put_object

    def damaged(**arguments: object) -> object:
        arguments.pop("ContentMD5")
        return put(**{**arguments, "Body": b"x" * file.stat().st_size})  # type: ignore[arg-type]

    monkeypatch.setattr(storage._client, "put_object", damaged)
    with pytest.raises(StorageError, match="checksum differs"):
        storage.put_file("damaged.wav", file, "audio/wav")


def test_a_foreign_etag_is_settled_by_reading_back(
    storage: Storage, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = storage._client.head_object

    def kms(**arguments: object) -> object:
        return {**head(**arguments), "ETag": '"0f-not-an-md5"'}  # type: ignore[arg-type]

    monkeypatch.setattr(storage._client, "head_object", kms)
    assert storage.put_file("kms.wav", file, "audio/wav").size == file.stat().st_size


def test_the_server_checks_the_md5_of_the_body(storage: Storage) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match="BadDigest"):
        storage._client.put_object(
            Bucket=storage.bucket, Key="bad", Body=b"abc", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg=="
        )


def test_bucket_is_made_and_health_is_told(settings: Settings) -> None:
    fresh = Storage(settings.model_copy(update={"s3_bucket": "another"}))
    assert fresh.trouble() == "has no bucket 'another': SWITCHROOM_S3_BUCKET"
    fresh.ensure_bucket()
    assert fresh.healthy()
    fresh.ensure_bucket()


def test_an_absent_store_raises(settings: Settings, file: Path) -> None:
    away = Storage(settings.model_copy(update={"s3_endpoint": f"http://127.0.0.1:{free_port()}"}))
    assert away.trouble() == "does not answer (EndpointConnectionError): SWITCHROOM_S3_ENDPOINT"
    with pytest.raises(StorageError):
        away.put_file("k.wav", file, "audio/wav")


def test_an_upload_in_pieces_is_there_when_it_is_finished(storage: Storage) -> None:
    pieces = [bytes([number]) * PART for number in range(2)] + [b"the end"]
    whole = b"".join(pieces)
    upload = storage.begin_upload("files/x/content", "text/plain")
    for piece in pieces[:-1]:
        upload.add(piece)
    assert not storage.exists("files/x/content")
    stored = upload.finish(pieces[-1])
    assert (stored.size, stored.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert storage.holds("files/x/content", stored.size, stored.sha256)


@pytest.mark.parametrize("content", [b"", b"small"])
def test_a_small_upload_is_one_request(storage: Storage, content: bytes) -> None:
    stored = storage.begin_upload("files/small/content", "text/plain").finish(content)
    assert storage.holds("files/small/content", len(content), stored.sha256)


def test_an_aborted_upload_leaves_no_parts(storage: Storage) -> None:
    kept, gone = (
        storage.begin_upload("files/kept/content", "x/y"),
        storage.begin_upload("files/gone/content", "x/y"),
    )
    kept.add(b"a" * PART)
    gone.add(b"b" * PART)
    storage.abort_uploads("files/gone/content")
    with pytest.raises(StorageError):
        gone.finish(b"")
    assert not storage.exists("files/gone/content")
    assert kept.finish(b"").size == PART


def test_a_url_shows_or_downloads_a_file_of_any_name(storage: Storage) -> None:
    download = httpx.URL(storage.presigned_url("k", 60, 'Я "1"\r\n.png')).params
    assert download["response-content-disposition"] == (
        "attachment; filename=\"_ _1___.png\"; filename*=UTF-8''%D0%AF%20%221%22%0D%0A.png"
    )
    assert "response-content-type" not in download
    shown = httpx.URL(storage.presigned_url("k", 60, "a.png", inline_type="image/png")).params
    assert shown["response-content-disposition"] == 'inline; filename="a.png"'
    assert shown["response-content-type"] == "image/png"


def test_a_wrong_key_is_told_from_a_missing_bucket(settings: Settings) -> None:
    wrong = Storage(settings.model_copy(update={"s3_secret_key": SecretStr("wrong-" * 6)}))
    assert wrong.trouble().startswith("refuses our key (403)")
    assert "wrong-" not in wrong.trouble()
