"""All rows, by kind. A new row stands in the file of its kind."""

from tests.trial.rows import (
    accounts,
    bodies,
    calls,
    machine,
    money,
    names_and_numbers,
    operations,
    overload,
    queues,
    requests,
    stays,
    times,
)

KINDS = (
    requests.KIND,
    accounts.KIND,
    money.KIND,
    machine.KIND,
    names_and_numbers.KIND,
    times.KIND,
    stays.KIND,
    queues.KIND,
    bodies.KIND,
    calls.KIND,
    overload.KIND,
    operations.KIND,
)
