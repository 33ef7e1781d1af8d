"""The parts of the platform, and where clients send."""

from tests.security.isolation import Entry

ENTRIES = [Entry("getSystem", own=True), Entry("getIngestAddresses", own=True)]
