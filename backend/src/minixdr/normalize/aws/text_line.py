"""A log line of blanks, "quoted" and [bracketed] columns -> its columns.

Source: the access log formats of Elastic Load Balancing and Amazon S3. A quoted column ends where a quote that no backslash
escapes stands before a blank or the line's end: Amazon S3 writes a client's quotes as they came, inside words too.
"""


def columns(line: str) -> list[str]:
    """Return the columns without their quotes and brackets. A column that does not close runs to the end."""
    found: list[str] = []
    position, length = 0, len(line)
    while position < length:
        first = line[position]
        if first == " ":
            position += 1
        elif first == '"':
            text, position = _quoted(line, position + 1)
            found.append(text)
        elif first == "[":
            text, position = _bracketed(line, position)
            found.append(text)
        else:
            end = line.find(" ", position)
            end = length if end < 0 else end
            found.append(line[position:end])
            position = end
    return found


def _bracketed(line: str, start: int) -> tuple[str, int]:
    end = line.find("]", start)
    if end >= 0 and (end + 1 == len(line) or line[end + 1] == " "):
        return line[start + 1 : end], end + 1
    end = line.find(" ", start)  # no column in brackets but an IPv6 address with a port
    end = len(line) if end < 0 else end
    return line[start:end], end


def _quoted(line: str, start: int) -> tuple[str, int]:
    end = line.find('"', start)
    while end >= 0:
        closes = end + 1 == len(line) or line[end + 1] == " "
        if closes and not _escaped(line, start, end):
            return line[start:end], end + 1
        end = line.find('"', end + 1)
    return line[start:], len(line)


def _escaped(line: str, start: int, end: int) -> bool:
    before = end - 1
    while before >= start and line[before] == "\\":
        before -= 1
    return (end - 1 - before) % 2 == 1
