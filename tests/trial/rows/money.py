from tests.trial.row import Kind, row

KIND = Kind(
    "K3",
    "Money: toll fraud",
    (
        row(
            "A new team saves a route to a premium number, and is called",
            "No INVITE goes out until an operator opens the team; destinations are denied by class and country",
            "e2e/test_outbound.py::test_the_provider_gets_no_invite_for_what_is_denied",
            "api/telephony/test_outbound.py::test_a_team_is_closed_until_an_operator_opens_it",
            "routing/acd/test_outside_calls.py::"
            "test_a_premium_number_is_denied_even_where_its_country_is_allowed",
            "routing/acd/test_outside_calls.py::test_a_cap_holds_until_midnight_of_the_team",
            "routing/acd/test_outside_calls.py::test_an_overflow_is_denied_by_the_same_rule",
        ),
        row(
            "A member forwards to such a number",
            "The same rule decides",
            "routing/acd/test_outside_calls.py::test_a_forward_is_denied_by_the_same_rule",
            "routing/acd/test_outside_calls.py::test_a_member_has_a_cap_of_their_own",
        ),
        row(
            "Three calls from a claimed premium number ask for callbacks",
            "No callback is made; the same rule and the same caps count",
            "routing/acd/test_outside_calls.py::test_a_claimed_caller_gets_no_callback",
            "routing/acd/test_outside_calls.py::test_callbacks_count",
            "routing/acd/test_outside_calls.py::test_a_destination_has_one_cap_in_every_spelling",
        ),
        row(
            "A call goes out over block `number`, with or without `caller_id`",
            "The INVITE shows a number of the team, and nothing of the caller",
            "e2e/test_outbound.py::test_the_provider_sees_the_teams_number_alone",
            "e2e/test_outbound.py::test_the_provider_sees_another_number_of_the_team",
            "routing/acd/test_outside_calls.py::test_a_callback_shows_only_a_number_of_the_team",
        ),
        row(
            "A route dials its own number, over a trunk that sends the call back",
            "The loop ends after three rounds; `check-route` warns",
            "routing/acd/test_outside_calls.py::test_a_number_that_leads_to_itself_ends_after_three_rounds",
            "routing/acd/test_outside_calls.py::test_a_loop_over_two_shards_ends",
            "routing/routes/test_outside_numbers.py::test_what_leads_back_is_a_warning",
        ),
        row(
            "A new team buys every number, or asks for 20 mails in one request",
            "Quotas by team; a released number is free again",
            "api/accounts/test_platform.py::test_quotas_name_themselves_and_operators_raise_them",
            "api/accounts/test_attacks.py::test_adding_people_mails_no_more_than_inviting_them",
            "api/telephony/test_numbers.py::test_a_released_number_is_free_again",
        ),
    ),
)
