"""Sigma correlations: rules that relate events of other rules, decided on event time.

In: `Observation`s, events that satisfied a rule which a correlation rule names. Out: findings. Source: Sigma
correlation rules specification 2.1.0; types, extended conditions and percentiles as pySigma 2.0 models them. What the
specification leaves open is decided here:

- **Order.** Observations wait until the watermark passed them by the lateness bound and are then taken by (time,
  event id, rule), each once. So neither their order of arrival nor repeats change what is found. What comes later
  than the bound is dropped and counted. The caller sets the watermark: a single record's time is an attacker's to
  choose.
- **Time frame.** Both ends belong to it: events exactly one timespan apart are within it. A condition that more
  events can only make truer (`gt` and `gte` of event_count, value_count, value_sum and the temporal types, extended
  conditions without `not`) is decided at each event, over the timespan that ends there. Every other condition (`lt`,
  `lte`, `eq`, `neq`, ranges, `not`, averages, medians, percentiles) can be decided only when the time is over: a
  group's frame opens with its first event, lasts one timespan and is judged when it is complete, or when the
  observations end.
- **No flood.** After a finding its group is silent for one timespan, so two findings of a group never share an event;
  frames do not overlap either. While silent, a conclusion still feeds temporal correlations over it (which ask
  whether it holds), not counting ones (which ask how often).
- **Groups.** Values are compared as Sigma compares: by their text, in any case. An event without one of the group-by
  fields (or null there) belongs to no group; it is counted. A list puts the event into one group for each of its
  elements.
- **temporal_ordered** takes events of one time as in order: many logs know only whole seconds.
- **value_percentile** with `percentile: p` is the nearest-rank percentile of the numbers. Without it, as in the
  specification's example, it asks for values whose share of the frame's events, in percent, satisfies the condition.
  value_median is the mean of the two middle numbers.
- **A correlation over a correlation** sees the conclusion at the time of its last event (a frame: at its end), with
  the inner group's values, and for other fields all values that the inner events had.

Not covered: joins over fields of different types beyond their text; state is bounded (`Bounds`), and what was
forgotten is counted and said.
"""

from minixdr.detect.kinds.sigma_correlation.correlator import Correlator as Correlator
from minixdr.detect.kinds.sigma_correlation.observation import Bounds as Bounds
from minixdr.detect.kinds.sigma_correlation.observation import Observation as Observation
from minixdr.detect.kinds.sigma_correlation.reading import needed_fields as needed_fields
from minixdr.detect.kinds.sigma_correlation.tracker import check as check
