"""The HTML report of a scan: one file that opens anywhere, and loads nothing.

`model.py` is what is shown; `page.py` the order of the sections; `incident.py`, `matrix.py`, `timeline.py` the larger ones; `markup.py` how text
becomes markup. Everything that came from records is an attacker's text: it is escaped in one place, and the page's content security policy
lets nothing run but the page's own script.
"""
