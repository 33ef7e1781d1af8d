"""`/me`: one's own name, password and second factor."""

from pydantic import Field

from minixdr.api.caller import PersonDep, PlatformDep
from minixdr.api.keeper import KeeperDep
from minixdr.api.routes import PERSON, noun, operation
from minixdr.api.values import Given, Line, Secret, Shown
from minixdr.app.access import account, invitations
from minixdr.app.passwords import LEAST_CHARACTERS

router = noun("me")
_WRONG = {401: {"$ref": "#/components/responses/Problem401"}, 429: {"$ref": "#/components/responses/Problem429"}}


class NewName(Given):
    """How one is called."""

    name: Line = Field(examples=["Ann Smith"])


class PasswordChange(Given):
    """The old password and the new one."""

    current_password: Secret
    new_password: Secret = Field(
        description=f"{LEAST_CHARACTERS} characters or more.", examples=["a long sentence is good"]
    )


class Confirmation(Given):
    """The password again."""

    password: Secret = Field(examples=["correct horse battery staple"])


class Code(Given):
    """A code of the authenticator app."""

    code: Secret = Field(examples=["123456"])


class PasswordAndCode(Given):
    """The password and a code (of the app, or a recovery code)."""

    password: Secret
    code: Secret = Field(examples=["123456"])


class SecondFactor(Shown):
    """What an authenticator app needs. Shown once."""

    secret: str = Field(description="Base32, to be typed in.", examples=["JBSWY3DPEHPK3PXP"])
    address: str = Field(description="`otpauth://...`, to be shown as a QR code.")


class RecoveryCodes(Shown):
    """Codes for when the app is lost, each good once. Shown once."""

    recovery_codes: list[str] = Field(examples=[["k3wq-m5zt-22ga-7xjf"]])


class Joining(Given):
    """The secret of an invitation's link."""

    token: Secret = Field(examples=["the part of the link after the #"])


class Name(Shown):
    """How one is called."""

    name: str


@router.patch("/me", **operation("renameMe", "Change one's name", least=PERSON))
async def rename_me(person: PersonDep, platform: PlatformDep, given: NewName) -> Name:
    """Change how one is called."""
    await account.rename(platform, person.scope, given.name)
    return Name(name=given.name)


@router.put(
    "/me/password",
    status_code=204,
    **operation("changePassword", "Change one's password", least=PERSON, responses=_WRONG),
)
async def change_password(person: PersonDep, platform: PlatformDep, keeper: KeeperDep, given: PasswordChange) -> None:
    """Change the password. All other sessions end."""
    await account.change_password(
        platform, keeper, person.scope, person.session_id, given.current_password, given.new_password
    )


@router.post(
    "/me/totp", status_code=201, **operation("createTotp", "Begin a second factor", least=PERSON, responses=_WRONG)
)
async def create_totp(person: PersonDep, platform: PlatformDep, keeper: KeeperDep, given: Confirmation) -> SecondFactor:
    """Return a new secret for an authenticator app. Codes are asked for once `confirmTotp` has seen one."""
    secret, address = await account.begin_totp(platform, keeper, person.scope, given.password)
    return SecondFactor(secret=secret, address=address)


@router.post(
    "/me/totp/confirm", **operation("confirmTotp", "Confirm the second factor", least=PERSON, responses=_WRONG)
)
async def confirm_totp(person: PersonDep, platform: PlatformDep, given: Code) -> RecoveryCodes:
    """Ask for codes when signing in from now on, and return recovery codes."""
    return RecoveryCodes(recovery_codes=await account.confirm_totp(platform, person.scope, given.code))


@router.post(
    "/me/totp/disable",
    status_code=204,
    **operation("disableTotp", "Remove the second factor", least=PERSON, responses=_WRONG),
)
async def disable_totp(person: PersonDep, platform: PlatformDep, keeper: KeeperDep, given: PasswordAndCode) -> None:
    """Ask for codes no more."""
    await account.disable_totp(platform, keeper, person.scope, given.password, given.code)


@router.post(
    "/me/recovery-codes",
    **operation("renewRecoveryCodes", "Replace the recovery codes", least=PERSON, responses=_WRONG),
)
async def renew_recovery_codes(
    person: PersonDep, platform: PlatformDep, keeper: KeeperDep, given: Confirmation
) -> RecoveryCodes:
    """Return new recovery codes; the old ones are good no more."""
    codes = await account.renew_recovery_codes(platform, keeper, person.scope, given.password)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/me/memberships", status_code=204, **operation("joinOrganization", "Accept an invitation", least=PERSON))
async def join_organization(person: PersonDep, platform: PlatformDep, given: Joining) -> None:
    """Join an organization with the account that is signed in, and look at it. Without an account: `acceptInvitation`."""
    organization_id = await invitations.accept_as_self(platform, person.scope, person.user_id, given.token)
    await account.look_at(platform, person.scope, person.user_id, person.session_id, organization_id)
