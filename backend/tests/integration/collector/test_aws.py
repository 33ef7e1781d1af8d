"""What the collector asks of AWS, asked of a server that answers as AWS does."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from minixdr.adapters.clouds.aws.cloud import AwsCloud
from minixdr.ports.cloud import CloudAwayError, CloudIdentity, NoSuchCloudError, ObjectGoneError

HERE = CloudIdentity(region="eu-central-1")


def test_an_object_is_read_as_it_lies_there(bucket):
    """Compressed as it is, with the version and time that it has."""
    content = gzip.compress(b"x" * 100_000)
    etag = bucket.put_object(Bucket="logs", Key="a b+c.gz", Body=content, ContentEncoding="gzip")["ETag"].strip('"')
    with AwsCloud().objects(HERE).open("logs", "a b+c.gz", None) as opened:
        assert (opened.etag, opened.size_bytes) == (etag, len(content))
        assert opened.stream.read() == content
        assert opened.stream.read(1) == b""


def test_what_is_not_there_is_said(bucket, aws):
    """Object, version, bucket, queue: each by its own error."""
    store = AwsCloud().objects(HERE)
    with pytest.raises(ObjectGoneError), store.open("logs", "gone", None):
        pass
    with pytest.raises(NoSuchCloudError), store.open("absent", "gone", None):
        pass
    with pytest.raises(NoSuchCloudError):
        list(store.pages("absent", "", deep=True))
    with pytest.raises(NoSuchCloudError):
        AwsCloud().queue(HERE, "http://127.0.0.1/123456789012/absent").receive(1, 0, 10)


class _HalfAnAnswer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        for name, value in (
            ("Content-Length", "300000"),
            ("ETag", '"e"'),
            ("Last-Modified", "Wed, 25 Nov 2026 04:05:33 GMT"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"x" * 100_000)

    def log_message(self, *_):
        pass


def test_an_answer_that_breaks_off_is_no_end(aws, monkeypatch):
    """Half an object must not pass for the whole."""
    with HTTPServer(("127.0.0.1", 0), _HalfAnAnswer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with AwsCloud().objects(HERE).open("logs", "k", None) as opened:
            assert opened.stream.read(10)
            with pytest.raises(CloudAwayError):
                opened.stream.read()
        server.shutdown()


def test_a_listing_is_whole(bucket):
    """Over pages, deep or level by level."""
    for number in range(1_005):
        bucket.put_object(Bucket="logs", Key=f"a/{number:04d}", Body=b"x")
    bucket.put_object(Bucket="logs", Key="a/b/c", Body=b"x")
    store = AwsCloud().objects(HERE)
    assert len({each.key for page in store.pages("logs", "a/", deep=True) for each in page.objects}) == 1_006
    flat = list(store.pages("logs", "a/", deep=False))
    assert sum(len(page.objects) for page in flat) == 1_005
    assert [folder for page in flat for folder in page.folders] == ["a/b/"]


def test_a_queue_gives_hides_and_forgets(aws):
    """A message comes again unless it is deleted."""
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    queue = AwsCloud().queue(HERE, url)
    (first,) = queue.receive(1, 0, 100)
    assert (first.body, first.deliveries) == ("hello", 1)
    assert queue.receive(1, 0, 100) == []
    queue.prolong(first.receipt, 0)
    (second,) = queue.receive(1, 1, 100)
    assert second.deliveries == 2
    queue.delete(second.receipt)
    assert queue.receive(1, 0, 100) == []


def test_a_role_is_assumed_with_the_external_id(bucket, aws):
    """Its credentials sign the calls, not our own."""
    role = aws.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    bucket.put_object(Bucket="logs", Key="k", Body=b"x")
    cloud = AwsCloud()
    identity = CloudIdentity(region="eu-central-1", role_arn=role, external_id="minixdr-1")
    with cloud.objects(identity).open("logs", "k", None) as opened:
        assert opened.stream.read() == b"x"
    client = cloud.objects(identity)._client
    assert client._request_signer._credentials.access_key != "test"
