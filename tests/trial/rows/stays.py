from tests.trial.row import Kind, row

KIND = Kind(
    "K7",
    "One call, several stays: statistics",
    (
        row(
            "Queue A passes a caller on to B, who is answered there; others leave A and B",
            "Each queue counts its own stays, with the wait in it",
            "routing/acd/test_stays.py::test_each_queue_counts_its_own_stays",
            "workers/records/test_record_writer.py::test_each_stay_of_a_call_is_written_once",
            "api/telephony/test_call_logs.py::test_the_stays_of_a_call_are_shown",
        ),
        row(
            "Queue A passes a caller on to an agent, a user or a menu",
            "In A it was passed on; it was answered elsewhere",
            "routing/acd/test_stays.py::test_a_call_that_others_take_was_passed_on",
        ),
        row(
            "A callback with two attempts",
            "Offered once",
            "routing/acd/test_stays.py::test_a_callback_with_two_attempts_is_offered_once",
        ),
        row(
            "Ten calls: live figures, statistics and the documentation",
            "One service level, by one function; the figures are those of the records",
            "api/telephony/test_queues.py::test_the_statistics_of_the_ten_calls_of_the_documentation",
            "routing/test_figures.py::test_the_ten_calls_of_the_documentation",
            "api/telephony/test_stats_of_a_day.py::test_live_view_statistics_and_records_agree",
            "pbx/configuration/test_todays_stays.py::test_the_figures_are_those_of_the_records_on_postgresql",
        ),
        row(
            "Simulate two agents, 60 calls an hour of 180 s, and `max_wait: 10`",
            "`answered`, `abandoned`, `timed_out` and `turned_away` say what became of all",
            "routing/simulation/test_simulator.py::test_a_short_longest_wait_is_told",
            "routing/simulation/test_simulator.py::"
            "test_full_and_timed_out_callers_are_neither_answered_nor_abandoned",
        ),
        row(
            "Simulate an overflowing queue from the logs",
            "All its stays are traffic",
            "analysis/simulate/test_simulate.py::test_all_stays_of_an_overflowing_queue_are_traffic",
        ),
        row(
            "Look for the leg of a recording",
            "The core names it",
            "routing/acd/test_stays.py::test_the_leg_names_its_recording",
            "workers/records/test_record_writer.py::test_a_recording_belongs_to_the_leg_that_names_it",
        ),
    ),
)
