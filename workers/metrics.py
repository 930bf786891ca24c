"""Metrics of the workers' room."""

from prometheus_client import Counter, Gauge

RECORDS_WRITTEN = Counter("switchroom_records_written_total", "Records written to the database")
RECORDS_DEAD = Counter("switchroom_records_dead_total", "Records that could not be written: dead letters")
RECORDS_LAG = Gauge("switchroom_records_lag", "Records that wait in the stream")
WRITE_ERRORS = Counter(
    "switchroom_record_writer_errors_total", "Tries that failed because of a server", ["server"]
)
OUTBOX_SENT = Counter("switchroom_outbox_sent_total", "Outbox rows sent by this process")
OUTBOX_BACKLOG = Gauge("switchroom_outbox_backlog", "Outbox rows that wait")
RETENTION_REFUSED = Gauge(
    "switchroom_retention_refused", "Objects that the store refused to delete in the last run of retention"
)
DISK_USED = Gauge(
    "switchroom_disk_used_ratio", "How full the disk of a node's spool is, from 0 to 1", ["node"]
)
JOBS = Gauge("switchroom_jobs", "Jobs by queue and state", ["queue", "state"])
