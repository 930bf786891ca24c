from tests.trial.row import Kind, row

KIND = Kind(
    "K5",
    "Names, numbers and texts of the world",
    (
        row(
            "A trunk sends a national number, or one with `00`; a DID is dialled without its country",
            "The number of the team's or DID's country, by one module",
            "switchroom/test_numbers.py::test_a_number_becomes_e164",
            "switchroom/test_numbers.py::test_a_did_is_found_however_the_trunk_writes_it",
            "switchroom/test_numbers.py::test_every_way_to_dial_a_number_is_the_same_number",
        ),
        row(
            "A contact `+5491123456789`, a caller `+541123456789` (also Mexico, Brazil, Italy)",
            "One person, and one callback",
            "switchroom/test_numbers.py::test_two_spellings_are_the_same_number",
            "api/accounts/test_contacts.py::test_a_contact_is_found_by_any_spelling_of_the_number",
            "routing/acd/test_callbacks.py::test_another_spelling_of_the_number_is_the_same_customer",
        ),
        row(
            "Dial with `;npdi;rn=`, `;phone-context=`, `%2B`, hyphens, or as a `tel:` URI",
            "The number itself is called",
            "asterisk/test_callers_numbers.py::test_the_engine_is_told_the_number_as_it_was_dialled",
            "asterisk/test_callers_numbers.py::test_a_tel_uri_says_the_number",
            "switchroom/test_numbers.py::test_no_did_is_found_for_another_number",
        ),
        row(
            "Call with `Privacy: id` and P-Asserted-Identity",
            "The number is withheld everywhere, and no callback rings it",
            "asterisk/test_callers_numbers.py::test_a_withheld_number_is_not_told",
            "routing/acd/test_callbacks.py::test_a_withheld_or_odd_number_cannot_be_called_back",
        ),
        row(
            "A `caller_id_name` in Hindi or Thai, a decomposed accent, an apostrophe, an ampersand",
            "Taken in NFC; what would harm SIP is refused",
            "api/conventions/test_names.py::test_a_caller_id_name_may_be_of_any_script",
            "api/conventions/test_names.py::test_a_caller_id_name_that_would_harm_is_refused",
        ),
        row(
            "A team whose name has invisible characters alone",
            "400; names are compared by NFKC and case-fold",
            "api/conventions/test_names.py::test_a_team_whose_name_nobody_sees_is_refused",
            "switchroom/test_texts.py::test_equal_names",
        ),
        row(
            "Search `élodie` or `иван`; make the teams `École` and `ÉCOLE`",
            "Found; the second is refused; one rule of case, accents and order on both databases",
            "api/conventions/test_names.py::test_lists_search_and_order_by_one_rule",
            "api/conventions/test_names.py::test_two_teams_never_have_the_same_name",
            "models/test_folded_text.py::test_the_order_is_the_same_everywhere",
        ),
        row(
            "Give out extension 112, 911, 999 or 110; dial it from a phone",
            "Never an extension, by country; a dialled emergency number goes out",
            "api/accounts/test_members.py::test_an_emergency_number_is_no_extension",
            "api/accounts/test_members.py::test_the_automatic_extension_is_no_emergency_number",
            "asterisk/test_emergency_calls.py::"
            "test_an_emergency_number_goes_out_over_the_next_trunk_if_the_first_refuses",
        ),
    ),
)
