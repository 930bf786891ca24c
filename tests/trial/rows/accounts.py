from tests.trial.row import Kind, row

KIND = Kind(
    "K2",
    "Who is who: accounts",
    (
        row(
            "A stranger signs up with an address that is not theirs; its owner is invited and accepts",
            "The owner's password counts; the stranger's session and password end",
            "api/accounts/test_who_is_who.py::"
            "test_a_stranger_who_signed_up_with_the_address_loses_it_to_the_mailed_invitation",
            "api/accounts/test_who_is_who.py::test_an_address_is_verified_by_the_mailed_token_and_the_sign_in",
            "api/accounts/test_who_is_who.py::"
            "test_a_reset_of_an_unverified_account_ends_what_strangers_had_of_it",
            "api/accounts/test_members.py::test_an_invited_account_keeps_its_password_and_only_its_owner_joins",
        ),
        row(
            "Team B invites an address that team A has invited, and uses the token that it is shown",
            "The token gives nothing of team A, and is not shown for an address with an account",
            "api/accounts/test_who_is_who.py::test_a_token_that_was_shown_gives_nothing_of_another_team",
            "api/accounts/test_who_is_who.py::test_no_token_is_shown_for_an_account_nor_to_who_is_no_admin",
            "api/accounts/test_who_is_who.py::test_a_shown_token_is_not_enough_once_there_is_an_account",
        ),
        row(
            "A plain member invites a deactivated colleague",
            "403; only an admin does; the SIP password changes with the deactivation",
            "api/accounts/test_who_is_who.py::test_only_admins_invite_deactivated_or_pending_people_again",
            "api/accounts/test_who_is_who.py::test_the_sip_password_rotates_when_a_member_is_deactivated",
        ),
        row(
            "A plain member invites a pending admin as a member or guest",
            "403; the higher invitation stands, and only an admin changes it",
            "api/accounts/test_who_is_who.py::test_the_higher_of_two_invitations_stands",
        ),
        row(
            "Another team invites an address and asks for passwords of 128 characters",
            "The invitation sets no rule before it is accepted; no user is made active without having accepted",
            "api/accounts/test_who_is_who.py::test_an_invitation_imposes_no_rules_before_it_is_accepted",
            "api/accounts/test_who_is_who.py::"
            "test_rules_of_a_membership_that_a_stranger_accepted_bind_nobody",
            "api/accounts/test_who_is_who.py::test_nobody_is_activated_who_has_not_accepted",
        ),
        row(
            "Ten wrong passwords for an account, or many resets",
            "Slower for that account and address; the owner signs in from elsewhere at once",
            "api/accounts/test_auth.py::test_wrong_passwords_slow_down_their_address_alone",
            "api/accounts/test_auth.py::test_the_wait_doubles_and_the_right_password_ends_it",
            "api/accounts/test_auth.py::test_resets_that_a_stranger_asks_for_refuse_the_owner_nothing",
        ),
        row(
            "Change the password with a stolen token",
            "The current password is asked for in production, with a few tries an hour",
            "api/accounts/test_auth.py::test_production_asks_for_the_current_password",
            "api/accounts/test_auth.py::test_a_session_says_the_current_password_a_few_times_an_hour",
        ),
        row(
            "Make a member a guest",
            "A guest has no extension and no SIP account",
            "api/accounts/test_who_is_who.py::test_a_guest_has_no_extension_and_no_sip_account",
        ),
        row(
            "Deactivate a user who manages a queue, is in a department, or is named by a route",
            "409 with the list of what depends on them, or a transfer; unchanged fields are never refused",
            "api/accounts/test_dependents.py::test_a_conflict_lists_all_that_depends_on_the_member",
            "api/accounts/test_dependents.py::test_a_transfer_moves_all_of_it",
            "api/accounts/test_dependents.py::test_what_stands_unchanged_in_a_body_is_not_refused",
        ),
        row(
            "An operator suspends a team or user, ends sessions, or closes sign-up",
            "They are out at once, by REST and at the telephone; the act is in the audit log",
            "api/accounts/test_platform.py::test_a_suspended_team_is_out_until_it_is_reactivated",
            "api/accounts/test_platform.py::test_a_suspended_user_is_signed_out_and_their_number_leads_nowhere",
            "api/accounts/test_platform.py::test_an_operator_ends_sessions",
            "api/accounts/test_platform.py::test_sign_up_is_closed_by_a_setting",
            "api/accounts/test_platform.py::test_the_audit_log_says_who_did_what_when_and_from_where",
            "asterisk/test_contacts.py::test_the_phone_of_a_suspended_account_is_hung_up",
            "cli/test_admin.py::test_teams_users_sessions_and_quotas",
        ),
    ),
)
