"""`/cloud-assets`: what the organization's cloud accounts hold."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.filters import Text
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Line, Shown
from minixdr.app.refusal import NotFoundError
from minixdr.ports.stores.entities import CloudAssetFilter
from minixdr.schema.role import Role

router = noun("cloud assets")


class CloudAsset(Shown):
    """What a cloud account holds."""

    id: UUID
    provider: str = Field(examples=["aws"])
    account: str = Field(examples=["111122223333"])
    region: str = Field(examples=["eu-central-1"])
    type: str = Field(examples=["s3_bucket"])
    uid: str = Field(examples=["arn:aws:s3:::example"])
    name: str
    attributes: dict[str, Any]
    tags: dict[str, Any]
    first_seen_at: datetime
    last_seen_at: datetime
    deleted_at: datetime | None = Field(description="When it was found to be gone.")


@router.get("/cloud-assets", **operation("listCloudAssets", "List cloud assets", least=Role.VIEWER))
async def list_cloud_assets(  # noqa: PLR0913 - one parameter a filter
    *,
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    provider: Line | None = None,
    account: Line | None = None,
    region: Line | None = None,
    type: Line | None = None,  # noqa: A002 - the parameter's name
    tag: Annotated[
        str | None,
        Query(
            pattern=r"^[^=\x00-\x1f\x7f]{1,128}=[^\x00-\x1f\x7f]{0,256}$",
            description="`key=value`.",
            examples=["env=prod"],
        ),
    ] = None,
    text: Text = None,
    deleted: Annotated[bool, Query(description="Those that are gone, too.")] = False,
) -> Page[CloudAsset]:
    """Return cloud assets, by uid."""
    key, _, value = (tag or "").partition("=")
    wanted = CloudAssetFilter(
        provider=provider,
        account=account,
        region=region,
        type=type,
        tag=(key, value) if tag is not None else None,
        text=text,
        deleted=deleted,
    )
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.cloud_assets.list(wanted, page.after(tuple[str, UUID]), page.most)
    return page.page(rows, lambda row: (row.uid, row.id), CloudAsset.model_validate)


@router.get("/cloud-assets/{asset_id}", **operation("getCloudAsset", "One of them", least=Role.VIEWER))
async def get_cloud_asset(caller: CallerDep, platform: PlatformDep, asset_id: UUID) -> CloudAsset:
    """Return a cloud asset."""
    async with platform.database.transaction(caller.scope) as tx:
        row = await tx.cloud_assets.get(asset_id)
    if row is None:
        raise NotFoundError("There is no such cloud asset.")
    return CloudAsset.model_validate(row)
