from tests.trial.row import Kind, row

KIND = Kind(
    "K10",
    "Calls on a real Asterisk",
    (
        row(
            "The agent's phone sends REFER (blind or attended), MESSAGE, INFO, UPDATE or PRACK in a talk",
            "An answer at once; the talk goes on",
            "asterisk/test_in_dialog.py::test_a_request_within_a_call_is_answered_at_once",
            "asterisk/test_in_dialog.py::test_an_attended_transfer_is_refused",
        ),
        row(
            "The phone sends SUBSCRIBE, NOTIFY, PUBLISH or an unknown method in a talk",
            "The talk goes on",
            "asterisk/test_in_dialog.py::test_what_is_not_answered_does_not_end_the_talk",
            open="They get no answer: Asterisk 22 sends none, whatever modules are loaded",
        ),
        row(
            "The phone answers 300, 301, 302, 305 or 380 with another extension",
            "A refusal with one INVITE; a failure without a pause never spins",
            "asterisk/test_calls.py::test_a_phone_that_sends_the_call_elsewhere_refuses_it",
            "routing/acd/test_refusals.py::test_a_failure_without_a_pause_never_spins_whatever_its_name",
            "asterisk/test_contacts.py::test_a_second_contact_rings_no_telephone_number",
        ),
        row(
            "The phone answers 486, 404, 500 or 600",
            "A refusal holds for that call; after a few the agent is away",
            "asterisk/test_calls.py::test_a_phone_refuses_and_a_phone_never_answers",
            "routing/acd/test_refusals.py::test_a_few_refusals_in_a_row_set_the_agent_away_with_the_reason",
        ),
        row(
            "A party sends no audio for a minute, or never again",
            "The limit is a setting, 300 s by default; beyond it cause 44, never told as the party's own hang-up",
            "api/sip_accounts/test_routes.py::test_endpoint",
            "asterisk/test_in_dialog.py::"
            "test_a_caller_whose_audio_is_lost_is_hung_up_with_a_cause_of_its_own",
            "asterisk/test_in_dialog.py::"
            "test_another_party_whose_audio_is_lost_is_hung_up_with_that_cause_too",
            "routing/acd/test_queues.py::test_a_caller_whose_audio_was_lost_did_not_hang_up",
            open="No test waits for a mute of a minute; one reads the limit that Asterisk is given",
        ),
        row(
            "Call with a withheld number, From anonymous or From with the number",
            "Presentation decides: the number is told to no part of ours",
            "asterisk/test_callers_numbers.py::test_a_withheld_number_is_not_told",
            "asterisk/test_callers_numbers.py::test_any_other_number_is_told",
        ),
        row(
            "A call goes out over block `number` with `caller_id`",
            "The provider sees the team's number",
            "e2e/test_outbound.py::test_the_provider_sees_another_number_of_the_team",
            "e2e/test_outbound.py::test_the_provider_sees_the_teams_number_alone",
        ),
        row(
            "A DID dials itself; users forward to each other",
            "Three rounds at most",
            "routing/acd/test_outside_calls.py::test_a_number_that_leads_to_itself_ends_after_three_rounds",
            "routing/acd/test_outside_calls.py::test_users_who_forward_to_each_other_end_after_three_rounds",
        ),
        row(
            "The display name is `Sinead O'Brien`, or has `?`, a tab or quotes",
            "Kept as the caller wrote it",
            "asterisk/test_callers_numbers.py::test_any_other_number_is_told",
            "pbx/asterisk/protocol/test_messages.py::test_escapes_are_undone",
        ),
        row(
            "Dial `+1416555031;ext=1`",
            "No other DID answers",
            "switchroom/test_numbers.py::test_no_did_is_found_for_another_number",
        ),
        row(
            "The caller hangs up during the whisper, or within a moment of the answer",
            "The whisper ends; a talk that never began has no recording and no failed job",
            "pbx/asterisk/calls/test_live_offers.py::test_the_caller_hangs_up_during_the_whisper",
            "workers/jobs/test_store.py::test_a_talk_that_never_began_has_no_audio",
        ),
        row(
            "An agent talks to a colleague",
            "They are busy, the call is logged, and the name is shown",
            "e2e/test_phone_calls.py::test_phone_call",
            "e2e/test_phone_calls_survival.py::test_while_it_rings",
            "e2e/test_phone_calls_survival.py::test_in_the_talk",
            "pbx/asterisk/calls/test_live_phone_calls.py::test_the_phones_refusal_passes_unchanged",
            "routing/calls/test_phone_calls.py::test_who_talks_to_a_colleague_gets_no_queue_call",
        ),
        row(
            "Call the DID of a deactivated or suspended user",
            "Deactivation asks what becomes of the number; a suspended user's number is not in service",
            "api/accounts/test_dependents.py::test_a_conflict_lists_all_that_depends_on_the_member",
            "api/accounts/test_platform.py::test_a_suspended_user_is_signed_out_and_their_number_leads_nowhere",
        ),
        row(
            "Run the Asterisk commands that the documents name",
            "Each exists",
            "asterisk/test_documented_commands.py::test_every_asterisk_command_in_the_documents_exists",
        ),
        row(
            "Phones and trunks over TCP or IPv6, or with other codecs",
            "Settings for each",
            "asterisk/test_ipv6.py::test_a_trunk_calls_over_ipv6_and_its_audio_does_too",
            "asterisk/test_render.py::test_ipv6_adds_a_listener_for_each_transport",
            "asterisk/test_render.py::test_tcp_and_codecs_are_settings",
            "api/sip_accounts/test_routes.py::test_the_codecs_of_phones_are_a_setting",
        ),
    ),
)
