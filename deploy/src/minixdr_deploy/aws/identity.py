"""Who we are to AWS: the name under which locks are held and ships are noted."""

from minixdr_deploy.aws.failures import translated
from minixdr_deploy.world import World


def arn(world: World) -> str:
    """Return our ARN. Raises AwsError."""
    with translated("asking AWS who we are"):
        return str(world.aws.client("sts").get_caller_identity()["Arn"])
