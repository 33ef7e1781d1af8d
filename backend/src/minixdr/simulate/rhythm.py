"""How much happens when: the hours of a week, and how a number of records is spread over them."""

from collections.abc import Iterator

_NIGHT, _SHOULDER, _DAY = 0.15, 0.5, 1.0
_WEEKEND = 0.2
_HOUR_SECONDS = 3_600
_DAY_HOURS = 24
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
_SATURDAY = 5


def weekday(time: float) -> int:
    """Return the day of the week, Monday 0."""
    return (int(time) // (_HOUR_SECONDS * _DAY_HOURS) + _EPOCH_WEEKDAY) % 7


def hour_of_day(time: float) -> int:
    """Return the hour of the day, UTC."""
    return int(time) // _HOUR_SECONDS % _DAY_HOURS


def weight(time: float) -> float:
    """Return how busy the company is in this hour, 1 at the busiest."""
    hour = hour_of_day(time)
    level = _DAY if 7 <= hour < 16 else _SHOULDER if 5 <= hour < 19 else _NIGHT
    return max(_NIGHT / 2, level * _WEEKEND) if weekday(time) >= _SATURDAY else level


def at_work(time: float, first_hour: int) -> bool:
    """Return whether a person whose day begins at this hour works now."""
    return weekday(time) < _SATURDAY and first_hour <= hour_of_day(time) < first_hour + 9


def spread(total: int, start: float, hours: int) -> Iterator[tuple[float, int]]:
    """Yield each hour's start and its part of `total`: in all exactly `total`."""
    weights = [weight(start + number * _HOUR_SECONDS) for number in range(hours)]
    whole = sum(weights)
    done, cumulated = 0, 0.0
    for number, part in enumerate(weights):
        cumulated += part
        until = round(total * cumulated / whole)
        yield start + number * _HOUR_SECONDS, until - done
        done = until
