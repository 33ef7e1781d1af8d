"""Indicators: values that somebody else says are bad, looked up in events.

In: lists (one a line, CSV, STIX 2.1 bundles, MISP events, OTX pulses), record bytes, events. Out: candidate records,
findings.

An indicator is an address, a network or a range of addresses, a domain, a URL, a file hash or an email address. What
matches:

- **address**: the same address, however written; a network or range: any address in it.
- **domain**: the domain and all below it (`evil.example` holds for `a.b.evil.example`, not for `notevil.example`), in
  a host name, a DNS query or a URL.
- **url**: host, port, path and query are the same. The scheme, a default port, a fragment, user and password, and a
  last slash do not count.
- **file_hash**: the same digest (MD5, SHA-1, SHA-2), in any case.
- **email**: the same address, in any case.
- **AND** of STIX comparisons: one event holds all of them.

An indicator that ended (`valid_until`) before the event does not match. One that starts later does: intelligence is
published after the fact.

`candidates` reads no JSON: it cuts the raw bytes of a batch into tokens and looks those up, so that a record without
any costs microseconds. Its promise is that no record is missing whose event's observables match; a candidate is only
believed when its event says so.

Sources: STIX 2.1 (OASIS, 2021-06-10) section 9 and 4.7; MISP core format; exports of abuse.ch (URLhaus, ThreatFox,
MalwareBazaar, Feodo Tracker) and OTX. Not covered: STIX LIKE and MATCHES, sequences of observations; domains by
public suffix. Lists are not trusted: what cannot be read is refused with its place, and networks that hold a large
part of all addresses are refused too.
"""

from minixdr.detect.kinds.indicator.finding import analytics as analytics
from minixdr.detect.kinds.indicator.finding import findings as findings
from minixdr.detect.kinds.indicator.finding import indicator_id as indicator_id
from minixdr.detect.kinds.indicator.finding import own_analytics as own_analytics
from minixdr.detect.kinds.indicator.index import Indicators as Indicators
from minixdr.detect.kinds.indicator.index import Match as Match
from minixdr.detect.kinds.indicator.index import Own as Own
from minixdr.detect.kinds.indicator.index import text_of as text_of
