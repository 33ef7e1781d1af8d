"""What every AWS record says of its place: provider, account, region; the product that wrote it."""

from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import text


def put_cloud(draft: Draft, product: str, account: Any = None, region: Any = None) -> None:
    """Set `cloud` and the product."""
    draft.put("metadata.product.name", product)
    draft.put("metadata.product.vendor_name", "AWS")
    draft.put("cloud.provider", "AWS")
    draft.put("cloud.account.uid", text(account))
    draft.put("cloud.region", text(region))


def arn_place(arn: Any) -> tuple[str | None, str | None]:
    """Return account and region of an ARN, None where it has none."""
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004 - arn:partition:service:region:account:resource
        return None, None
    return parts[4] or None, parts[3] or None
