from tests.trial.row import Kind, row

KIND = Kind(
    "K8",
    "Queues and agents",
    (
        row(
            "A caller hangs up while phones of `ring-progressively` ring; the next one calls a second later",
            "The next phone rings at once, in either order of Asterisk's events",
            "routing/acd/test_growing_offers.py::"
            "test_a_caller_who_hangs_up_while_phones_ring_costs_no_agent_a_pause",
            "routing/acd/test_growing_offers.py::"
            "test_a_caller_who_leaves_while_phones_ring_costs_no_agent_a_pause",
        ),
        row(
            "`max_waiting` is 3 and ten agents are free; many call at once",
            "Only callers who wait for an agent count; `queue-state` counts the same ones",
            "routing/acd/test_limits.py::test_who_rings_does_not_wait",
            "routing/acd/test_limits.py::test_queue_state_counts_the_same_callers",
        ),
        row(
            "A colleague comes at noon to `fewest-calls` or `least-talk-time`",
            "They start level with the others",
            "routing/acd/test_level_start.py::test_who_comes_at_noon_takes_its_share_and_no_more",
        ),
        row(
            "The only phone answers 486, 603, 480 or 404 at once, again and again",
            "A refusal holds for that call; after a few the agent is away, with the reason",
            "routing/acd/test_refusals.py::test_a_few_refusals_in_a_row_set_the_agent_away_with_the_reason",
            "routing/acd/test_refusals.py::test_the_next_caller_is_offered_to_who_refused_the_first",
            "routing/acd/test_refusals.py::test_a_phone_that_does_not_even_ring_counts_as_before",
        ),
        row(
            "Menu, queue, menu, queue; a retry after `timeout`; a call while one's callback waits",
            "The earned place is kept; the callback goes only when its customer is served",
            "routing/acd/test_earned_places.py::test_menu_queue_menu_queue",
            "routing/acd/test_earned_places.py::test_a_retry_after_the_timeout",
            "routing/acd/test_earned_places.py::test_who_calls_in_again_takes_the_place_of_their_callback",
            "routing/acd/test_earned_places.py::test_who_calls_in_again_and_is_not_served_is_still_called_back",
        ),
        row(
            "A call has a need that no agent on duty meets, and `join_when_empty` is off",
            "The queue is empty for that need",
            "routing/acd/test_empty_queues.py::test_a_need_that_no_agent_on_duty_has_is_an_empty_queue",
            "routing/acd/test_empty_queues.py::test_callers_leave_when_the_last_agent_with_their_need_goes",
        ),
        row(
            "The only agent's registration ends during a talk, with `leave_when_empty`",
            "An agent who talks is there; the phone has some seconds to come back",
            "routing/acd/test_empty_queues.py::test_who_talks_is_there_although_the_registration_lapses",
            "routing/acd/test_empty_queues.py::test_after_the_talk_a_phone_has_some_seconds_to_come_back",
        ),
        row(
            "An agent goes away while their phone rings",
            "The ring ends, and the next agent is rung",
            "routing/acd/test_going_away.py::test_the_ring_ends_and_the_next_agent_is_rung",
        ),
    ),
)
