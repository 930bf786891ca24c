"""The private servers of the tests answer."""

import boto3
import psycopg
import pytest
import redis
from botocore.config import Config

from tests.support.servers import S3Server

pytestmark = pytest.mark.service


def test_redis_answers(redis_server: str) -> None:
    client = redis.Redis.from_url(redis_server)
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_postgres_answers(postgres_server: str) -> None:
    with psycopg.connect(postgres_server.replace("+psycopg", "")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_s3_stores(s3_server: S3Server) -> None:
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
    )
    client = boto3.client(
        "s3",
        endpoint_url=s3_server.endpoint,
        aws_access_key_id=s3_server.access_key,
        aws_secret_access_key=s3_server.secret_key,
        region_name="us-east-1",
        config=config,
    )
    client.put_object(Bucket=s3_server.bucket, Key="a/b", Body=b"hello")
    assert client.get_object(Bucket=s3_server.bucket, Key="a/b")["Body"].read() == b"hello"
