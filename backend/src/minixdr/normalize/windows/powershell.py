"""PowerShell's operational and classic logs -> OCSF Script Activity.

Source: Microsoft, `about_Logging_Windows`; the classic log's texts carry `\\tName=value` lines. The words of the operational log's context are in the
machine's language; only the English ones are read. Scripts are an attacker's, whole.
"""

from minixdr.normalize.draft import Draft
from minixdr.normalize.windows.attributes import guid, put_account, put_file, text
from minixdr.normalize.windows.reading import Table

_POWERSHELL = 2
_MOST_LINES = 200
_LONGEST_LINE = 32_768


def _script(draft: Draft) -> None:
    draft.put("script.script_content.value", text(draft.take("ScriptBlockText")))
    draft.put("script.uid", guid(draft.take("ScriptBlockId")))
    draft.put("script.type_id", _POWERSHELL)
    put_file(draft, "script.file", draft.take("Path"))


def _pipeline(draft: Draft) -> None:
    """4103: the pipeline and its bound parameters; who and what ran it, in the context."""
    draft.put("script.script_content.value", text(draft.take("Payload")))
    draft.put("script.type_id", _POWERSHELL)
    context = _pairs(text(draft.take("ContextInfo")), " = ")
    draft.put("actor.process.cmd_line", context.get("Host Application"))
    put_file(draft, "script.file", context.get("Script Name"))
    put_account(draft, "actor.user", context.get("User"))


def _classic(draft: Draft) -> None:
    found = _classic_pairs(draft)
    draft.put("actor.process.cmd_line", found.get("HostApplication"))
    put_account(draft, "actor.user", found.get("UserId"))
    draft.put("activity_name", found.get("NewEngineState") or found.get("NewProviderState"))


def _classic_pipeline(draft: Draft) -> None:
    found = _classic_pairs(draft)
    draft.put("actor.process.cmd_line", found.get("HostApplication"))
    put_account(draft, "actor.user", found.get("UserId"))
    put_file(draft, "script.file", found.get("ScriptName"))
    draft.put("script.script_content.value", found.get("CommandLine") or found.get("first"))
    draft.put("script.type_id", _POWERSHELL)


def _classic_pairs(draft: Draft) -> dict[str, str]:
    """Return `HostApplication`, `CommandLine` and the like of the classic log's text; `first`: the first of its texts."""
    data = draft.fields.get("Data")
    texts = [item for item in data if isinstance(item, str)] if isinstance(data, list) else [data]
    pairs: dict[str, str] = {}
    for item in [*texts, draft.fields.get("Message")]:
        if isinstance(item, str):
            for name, value in _pairs(item, "=").items():
                pairs.setdefault(name, value)
    if texts and isinstance(texts[0], str) and "first" not in pairs:
        pairs["first"] = texts[0].strip()
    return {name: value for name, value in pairs.items() if value}


def _pairs(text_of: str | None, separator: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in (text_of or "").splitlines()[:_MOST_LINES]:
        name, met, value = line[:_LONGEST_LINE].partition(separator)
        if met and name[:1] in ("\t", " "):
            found.setdefault(name.strip(), value.strip())
    return found


POWERSHELL: Table = {
    4103: (1009, 1, _pipeline),
    4104: (1009, 1, _script),
    4105: (1009, 1, _script),
    4106: (1009, 99, _script),
}
POWERSHELL_CLASSIC: Table = {
    400: (0, 99, _classic),
    403: (0, 99, _classic),
    600: (0, 99, _classic),
    800: (1009, 1, _classic_pipeline),
}
"""Event id -> OCSF class, activity, mapper."""
