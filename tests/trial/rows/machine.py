from tests.trial.row import Kind, row

KIND = Kind(
    "K4",
    "The machine: least privilege",
    (
        row(
            "As `nobody`, connect to Redis and queue any function",
            "Redis has a password; the worker runs registered jobs alone",
            "e2e/test_least_privilege.py::test_redis_answers_nobody_without_the_password",
            "workers/jobs/test_jobs.py::TestOnlyRegisteredJobs::test_others_are_refused_as_failed_jobs",
            "workers/jobs/test_jobs.py::TestOnlyRegisteredJobs::test_their_callbacks_and_webhooks_are_not_called",
        ),
        row(
            "As `nobody`, read the files under `var/`",
            "Nothing can be opened, from the first moment on",
            "e2e/test_least_privilege.py::TestFiles::test_all_are_closed_to_others",
            "e2e/test_least_privilege.py::TestFiles::test_nobody_can_read_anything",
            "cli/test_privileges.py::TestOwnFolder::test_a_new_folder_is_closed_to_others",
        ),
        row(
            "Look at the users of the processes",
            "Only what starts Asterisk is root; systemd units and containers have what they need and no more",
            "e2e/test_least_privilege.py::TestProcesses::test_none_of_ours_is_root",
            "e2e/test_least_privilege.py::TestProcesses::test_root_is_only_what_starts_asterisk",
            "repository/test_units.py::test_they_are_closed",
            "repository/test_units.py::test_only_the_starter_of_asterisk_is_root",
            "repository/test_documents.py::TestCompose::test_containers_are_closed",
            "repository/test_documents.py::TestCompose::test_what_is_private_is_not_published",
        ),
        row(
            "Ask the public port for `/metrics` and `/asterisk/`; try 100 wrong node secrets",
            "404 there; a private listener has them; wrong secrets are limited",
            "api/core/test_listeners.py::test_private_paths_are_gone_from_the_public_listener",
            "api/core/test_listeners.py::test_the_private_listener_serves_nothing_else_but_health",
            "api/core/test_listeners.py::test_wrong_node_secrets_are_limited_and_the_right_one_is_not",
        ),
        row(
            "Try from 30 addresses of one IPv6 /64, or with an invented X-Forwarded-For",
            "A /64 counts as one; only trusted proxies say whose request it is",
            "api/core/test_listeners.py::test_addresses_of_one_64_share_a_limit",
            "api/core/test_listeners.py::test_only_trusted_proxies_say_whose_request_it_is",
        ),
        row(
            "A name with escape sequences, bidirectional marks or invisible characters, from SIP or REST",
            "They are taken out at the border",
            "api/conventions/test_names.py::test_a_name_is_kept_without_what_nobody_sees",
            "pbx/asterisk/protocol/test_messages.py::test_a_display_name_is_what_the_caller_wrote",
            "switchroom/test_texts.py::test_a_clean_text_is_clean_and_says_the_same",
        ),
        row(
            "An agent's phone registers over TLS",
            "SRTP is offered where phones can use TLS",
            "asterisk/test_accounts.py::test_srtp_is_offered_to_phones_that_can_and_not_forced_on_others",
            "api/sip_accounts/test_routes.py::test_media_is_encrypted_where_phones_can_use_tls",
        ),
        row(
            "Set `retention_days` of a number",
            "Its recordings are deleted by that rule first",
            "workers/jobs/test_retention.py::test_the_days_of_the_number_that_was_called_come_first",
        ),
    ),
)
