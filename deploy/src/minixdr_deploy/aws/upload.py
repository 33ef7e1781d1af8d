"""The source on its way to a build machine: an object in S3, named by its revision."""

import tempfile
from pathlib import Path

from minixdr_deploy import source as checkout
from minixdr_deploy.aws.failures import translated
from minixdr_deploy.source import Source
from minixdr_deploy.world import World


def source_archive(world: World, bucket: str, source: Source, kind: str) -> str:
    """Upload the source as `zip` or `tar.gz` and return its key. Raises AwsError, SourceError."""
    key = f"mini-xdr/source/{source.revision}.{kind}"
    s3 = world.aws.client("s3")
    with tempfile.TemporaryDirectory(prefix="minixdr-deploy-") as folder:
        path = Path(folder) / f"source.{kind}"
        checkout.archive(world.config.folder(world.config.source), source.revision, path, kind)
        world.say(f"uploading the source ({path.stat().st_size / 1e6:.1f} MB) to s3://{bucket}/{key}")
        with translated(f"uploading the source to s3://{bucket}"):
            s3.upload_file(str(path), bucket, key)
    return key
