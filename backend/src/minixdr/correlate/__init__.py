"""findings + incidents -> changed incidents, each join explained. Pure: `now` and state are arguments."""

from minixdr.correlate.batch import correlate
from minixdr.correlate.key import FindingKey, key_of

__all__ = ["FindingKey", "correlate", "key_of"]
