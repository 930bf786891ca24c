"""The core's state and events as JSON: codec, snapshot, journal, redaction."""
