"""Resolve the OCSF schema's source: a checkout of ocsf-schema -> classes and objects with every attribute they have.

Source: github.com/ocsf/ocsf-schema, its metaschema folder: `extends`, `$include` of profiles, the dictionary under every attribute,
extensions (uid * 100,000 before a class's own number; an object without a name of its own adds to the one it extends).
Not covered: descriptions, associations, references. The checkout is trusted as the developer's own.
"""

import json
from pathlib import Path
from typing import Any

Node = dict[str, Any]

_EXTENSIONS = ("linux", "macos", "windows")
_EXTENSION_FACTOR = 100_000  # OCSF: uid of a class = extension * 100,000 + category * 1,000 + its own


def read(path: Path) -> Node:
    """Return a JSON object of the checkout."""
    node: Node = json.loads(path.read_text("utf-8"))
    return node


class Checkout:
    """A checkout's parts, merged over extensions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.version: str = read(root / "version.json")["version"]
        self.categories: Node = read(root / "categories.json")["attributes"]
        dictionary = read(root / "dictionary.json")
        self.dictionary: Node = dictionary["attributes"]
        self.types: Node = dictionary["types"]["attributes"]
        self._profiles: set[str] = set()
        self._objects: dict[str, Node] = {}
        self._events: dict[str, Node] = {}
        self._patches: list[tuple[str, Node]] = []
        self._load(root, 0)
        for name in _EXTENSIONS:
            self._load(root / "extensions" / name, read(root / "extensions" / name / "extension.json")["uid"])

    def _load(self, folder: Path, extension: int) -> None:
        if extension and (folder / "dictionary.json").is_file():
            dictionary = read(folder / "dictionary.json")
            self.dictionary |= dictionary["attributes"]
            self.types |= dictionary.get("types", {}).get("attributes", {})
        for path in sorted((folder / "objects").glob("*.json")):
            node = self._included(read(path), folder)
            if "name" in node and node["name"] not in self._objects:
                self._objects[node["name"]] = node
            else:
                self._patches.append((node["extends"], node))
        for path in sorted((folder / "events").rglob("*.json")):
            node = self._included(read(path), folder) | {"extension": extension}
            if "name" in node:
                self._events[node["name"]] = node
            else:
                self._patches.append((node["extends"], node))

    def _included(self, node: Node, folder: Path) -> Node:
        """Return the node with its profiles' attributes among its own."""
        attributes: Node = {}
        own = dict(node.get("attributes", {}))
        for include in own.pop("$include", []):
            path = folder / include if (folder / include).is_file() else self.root / include
            profile = read(path)
            self._profiles.add(profile["name"])
            for name, attribute in profile.get("attributes", {}).items():
                attributes[name] = {**attribute, "profile": profile["name"]}
        return {**node, "attributes": _merged(attributes, own)}

    def profiles(self) -> list[str]:
        """Return the names of the profiles that classes and objects include."""
        return sorted(self._profiles)

    def objects(self) -> dict[str, Node]:
        """Return every object by name, inheritance resolved."""
        return {name: self._resolve(self._objects[name], self._objects) for name in sorted(self._objects)}

    def classes(self) -> dict[int, Node]:
        """Return every concrete class by class_uid, inheritance resolved."""
        found: dict[int, Node] = {}
        for event in self._events.values():
            node = self._resolve(event, self._events)
            if "uid" not in event and event["name"] != "base_event":
                continue  # an abstract parent
            category = self.categories.get(node["category"], {"uid": 0})["uid"]
            uid = event["extension"] * _EXTENSION_FACTOR + category * 1_000 + event.get("uid", 0)
            found[uid] = {**node, "category_uid": category}
        return dict(sorted(found.items()))

    def _resolve(self, node: Node, siblings: dict[str, Node]) -> Node:
        parent_name = node.get("extends")
        parent = self._resolve(siblings[parent_name], siblings) if parent_name in siblings else {"attributes": {}}
        attributes = _merged(parent["attributes"], node["attributes"])
        constraints = {**parent.get("constraints", {}), **node.get("constraints", {})}
        for patched, patch in self._patches:
            if patched == node.get("name"):
                attributes = _merged(attributes, patch["attributes"])
                constraints.update(patch.get("constraints", {}))
        resolved = {**parent, **node, "attributes": attributes, "constraints": constraints}
        return {key: value for key, value in resolved.items() if key not in ("extends", "description", "references")}

    def attribute(self, name: str, use: Node) -> Node:
        """Return the attribute as the class or object that uses it has it: the dictionary's below its own."""
        return _merged({name: self.dictionary[name]}, {name: use})[name]  # type: ignore[no-any-return]  # the schema is JSON


def _merged(below: Node, above: Node) -> Node:
    """Return attributes of both; for one in both, what stands above wins, and enumerations are joined."""
    merged = dict(below)
    for name, attribute in above.items():
        old = merged.get(name, {})
        new = {**old, **attribute}
        if "enum" in old and "enum" in attribute:
            new["enum"] = {**old["enum"], **attribute["enum"]}
        merged[name] = new
    return merged
