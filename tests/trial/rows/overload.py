from tests.trial.row import Kind, row

MEASURED = "`make bench ARGS=capacity` measures it: minutes of load on a quiet machine are no test"

KIND = Kind(
    "K11",
    "Overload",
    (
        row(
            "20 calls a second through the whole product, recorded",
            "All are served",
            open=MEASURED.replace("capacity", "load"),
        ),
        row(
            "More calls a second than the machine carries",
            "Calls beyond are refused or hear a busy notice; the others have short waits and whole recordings",
            "e2e/test_overload.py::test_one_call_too_many_gets_503",
            "pbx/nodes/test_admission.py::test_a_slow_node_may_carry_less_than_it_carries_now",
            "pbx/nodes/test_admission.py::test_the_limit_rises_again_and_goes",
            "routing/acd/test_admission.py::test_a_full_node_refuses_with_congestion",
            "routing/acd/test_admission.py::test_a_team_below_its_share_still_gets_in",
            "pbx/persistence/test_alarms.py::test_refused_calls_are_each_counted_and_told_once_a_minute",
            open=MEASURED,
        ),
        row(
            "Twice the capacity; the api is slow or away",
            "Registrations and calls never depend on the api",
            "asterisk/test_accounts.py::test_registrations_and_calls_go_on_without_the_api",
            "asterisk/test_accounts.py::test_a_trunks_call_asks_the_api_nothing",
            "e2e/test_main_job.py::test_calls_and_registrations_go_on_while_the_api_is_stopped",
            open=MEASURED,
        ),
    ),
)
