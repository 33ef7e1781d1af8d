"""A simulation's files in a folder of this machine."""

from pathlib import Path


class FolderFiles:
    """Appends files below a folder that was empty."""

    def __init__(self, root: Path) -> None:
        """Take the folder, making it where absent. Raises FileExistsError where it holds something already: records would be there twice."""
        root.mkdir(parents=True, exist_ok=True)
        if any(root.iterdir()):
            raise FileExistsError(f"{root} is not empty")
        self._root = root
        self._made: set[Path] = {root}

    def append(self, path: str, content: bytes) -> None:
        """Add the content to the end of the file."""
        target = self._root / path
        if target.parent not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(target.parent)
        with target.open("ab") as file:
            file.write(content)
