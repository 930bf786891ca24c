from tests.trial.row import Kind, row

KIND = Kind(
    "K6",
    "Time",
    (
        row(
            "Statistics by day in Berlin, with calls at 00:30 on 27, 28 and 29 March 2027",
            "1, 1, 1: local days",
            "api/telephony/test_local_days.py::test_stats_by_day_are_by_local_days",
            "api/telephony/test_local_days.py::test_the_long_day_and_the_hours_in_it",
        ),
        row(
            "A time without a zone in statistics, a dry run, a simulation or a list",
            "It is in the team's zone",
            "api/telephony/test_local_days.py::test_a_dry_run_without_a_zone_is_in_the_teams",
            "api/telephony/test_local_days.py::test_a_simulation_takes_local_days",
            "api/conventions/test_lists.py::test_a_time_without_a_zone_is_in_the_teams",
        ),
        row(
            "Opening hours that begin in the hour that is left out, or lie in the hour that comes twice",
            "`is_open` and `next_opening` agree",
            "routing/expressions/test_opening_hours.py::"
            "test_a_span_that_begins_in_the_gap_begins_right_after_it",
            "routing/expressions/test_opening_hours.py::test_a_span_in_the_repeated_hour_comes_twice",
            "routing/expressions/test_opening_hours.py::test_the_next_opening_is_the_first_open_moment",
        ),
        row(
            "Hours from 21:00 to 02:00; half a day; every 1 January; a shift that began before a holiday",
            "Taken; a shift belongs to the day on which it began",
            "routing/expressions/test_opening_hours.py::test_a_span_over_midnight",
            "routing/expressions/test_opening_hours.py::test_a_half_day_holiday",
            "routing/expressions/test_opening_hours.py::test_a_holiday_of_every_year",
            "routing/expressions/test_opening_hours.py::"
            "test_a_shift_goes_on_into_a_holiday_and_none_begins_on_one",
        ),
        row(
            "Join a queue at 23:59:40, and be answered at 00:00:20",
            "The call counts in the day in which it entered the queue",
            "routing/acd/test_midnight.py::test_a_call_answered_after_midnight_counts_in_the_day_before",
            "api/telephony/test_local_days.py::test_a_call_counts_when_it_entered_the_queue",
        ),
        row(
            "Look at today's figures in the morning, before the first call",
            "They are empty from midnight on",
            "routing/acd/test_midnight.py::test_the_figures_are_empty_at_midnight_sharp",
            "api/telephony/test_queues.py::test_todays_figures_are_empty_from_midnight_on",
        ),
        row(
            "The machine's clock steps by an hour, or differs from Asterisk's by 15 s",
            "Waits keep their length; new calls reach their queue; the step is logged and counted",
            "pbx/process/test_engine_process.py::"
            "test_a_step_of_the_clock_leaves_waits_their_length_and_new_calls_their_queue",
            "pbx/process/test_engine_process.py::test_the_heartbeat_is_in_the_time_of_the_dialplan",
            "pbx/loop/test_steady_clock.py::test_each_step_is_logged_and_counted",
            "asterisk/test_engine_absent.py::"
            "test_a_clock_that_was_put_forward_is_not_taken_for_an_absent_engine",
        ),
        row(
            "Ask for the statistics of the year 1",
            "400; every date is bounded in one place",
            "api/telephony/test_local_days.py::test_times_of_far_years_are_refused",
            "api/telephony/test_local_days.py::test_far_years_are_refused_in_dry_runs_and_queries",
            "api/telephony/test_local_days.py::test_holidays_of_far_years_are_refused",
        ),
    ),
)
