from tests.trial.row import Kind, row

KIND = Kind(
    "K1",
    "Requests and threads",
    (
        row(
            "Read one object with one client",
            "One hop between event loop and thread pool, with the handler's own SQL statements",
            "api/core/test_one_hop.py::test_a_get_is_one_job_with_its_own_statements",
            "api/core/test_one_hop.py::test_a_patch_is_one_job_on_a_writers_thread",
            "api/core/test_identities.py::test_a_known_caller_costs_no_query",
            open="Requests a second are measured by `make bench ARGS=api`, never by a test",
        ),
        row(
            "45 strangers ask whether a team exists, while a writer holds the database's write lock",
            "All are answered; health, reads, calls and look-ups go on",
            "api/core/test_one_hop.py::test_many_requests_at_once_are_all_answered_and_hold_up_nothing",
            "api/core/test_one_hop.py::test_a_writer_that_waits_holds_up_no_reader",
            "e2e/test_main_job.py::test_calls_and_registrations_go_on_while_the_api_is_stopped",
            open="The 99th percentile beside 200 writers is measured by `make bench ARGS=api`",
        ),
        row(
            "POST an operation that only reads (`exist`, `validate`, `dry-run`)",
            "A read-only transaction, which never waits for the write lock",
            "api/core/test_one_hop.py::test_a_post_that_only_reads_is_one_job_among_the_reads",
            "models/test_database.py::test_sqlite_reads_while_another_writes",
        ),
        row(
            "Send a large body without a token, in any spelling of the path and with any content type",
            "413 above 64 KiB, before the body is parsed",
            "api/core/test_one_hop.py::test_a_stranger_sends_little_in_every_spelling_and_type",
            "api/core/test_one_hop.py::test_a_signed_in_caller_may_send_more",
            "api/core/test_every_operation.py::test_a_large_body_is_refused_with_and_without_its_length",
        ),
        row(
            "List with a `where` of three levels and 400 items in each",
            "400 with the limit's name; the largest query below it is served by both databases",
            "api/conventions/test_lists.py::test_a_larger_query_is_a_400_that_names_the_limit",
            "api/conventions/test_lists.py::test_the_largest_queries_are_served",
        ),
        row(
            "List 100 call logs",
            "One job; the number of statements does not grow with the rows",
            "api/core/test_one_hop.py::test_a_list_is_one_job_and_its_statements_do_not_grow_with_its_rows",
            "api/core/test_one_hop.py::test_members_are_listed_with_a_constant_number_of_statements",
            open="The CPU time of a list is measured by `make bench ARGS=api`",
        ),
    ),
)
