"""Security's management of accounts and groups -> OCSF Account Change and Group Management.

Source: Microsoft's descriptions of events 4720-4767, 4781, 4794, 4798, 4799.
"""

from minixdr.normalize.draft import Draft
from minixdr.normalize.windows.attributes import put_subject, put_target, text
from minixdr.normalize.windows.reading import Table


def _account(draft: Draft) -> None:
    put_subject(draft)
    put_target(draft)
    if "user.name" not in draft.attributes:
        draft.put("user.name", text(draft.take("SamAccountName")))


def _renamed(draft: Draft) -> None:
    put_subject(draft)
    draft.put("user.name", text(draft.take("OldTargetUserName")))
    draft.put("user.domain", text(draft.take("TargetDomainName")))
    draft.put("user.uid", text(draft.take("TargetSid")))
    draft.put("user_result.name", text(draft.take("NewTargetUserName")))


def _restore_password(draft: Draft) -> None:
    put_subject(draft)
    draft.put("user.name", "Directory Services Restore Mode administrator")


def _group(draft: Draft) -> None:
    put_subject(draft)
    draft.put("group.name", text(draft.take("TargetUserName")))
    draft.put("group.domain", text(draft.take("TargetDomainName")))
    draft.put("group.uid", text(draft.take("TargetSid")))


def _member(draft: Draft) -> None:
    _group(draft)
    name = text(draft.take("MemberName"))
    draft.put("user.name", None if name is None else _common_name(name))
    draft.put("user.uid", text(draft.take("MemberSid")))


def _common_name(distinguished: str) -> str:
    """Return the CN of a distinguished name; the name itself where it has none."""
    first = distinguished.split(",", 1)[0]
    return first[3:] if first[:3].upper() == "CN=" and len(first) > len("CN=") else distinguished


_CREATED, _DELETED, _CHANGED, _ADDED, _REMOVED = 6, 5, 9, 3, 4

ACCOUNTS: Table = {
    4720: (3001, 1, _account),
    4722: (3001, 2, _account),
    4723: (3001, 3, _account),
    4724: (3001, 4, _account),
    4725: (3001, 5, _account),
    4726: (3001, 6, _account),
    4738: (3001, 99, _account),
    4740: (3001, 9, _account),
    4741: (3001, 1, _account),
    4742: (3001, 99, _account),
    4743: (3001, 6, _account),
    4765: (3001, 99, _account),
    4766: (3001, 99, _account),
    4767: (3001, 12, _account),
    4781: (3001, 99, _renamed),
    4794: (3001, 4, _restore_password),
    **dict.fromkeys((4727, 4731, 4744, 4749, 4754, 4759), (3006, _CREATED, _group)),
    **dict.fromkeys((4730, 4734, 4748, 4753, 4758, 4763), (3006, _DELETED, _group)),
    **dict.fromkeys((4735, 4737, 4745, 4750, 4755, 4760, 4764), (3006, _CHANGED, _group)),
    **dict.fromkeys((4728, 4732, 4746, 4751, 4756, 4761), (3006, _ADDED, _member)),
    **dict.fromkeys((4729, 4733, 4747, 4752, 4757, 4762), (3006, _REMOVED, _member)),
}
"""Event id -> OCSF class, activity, mapper."""
