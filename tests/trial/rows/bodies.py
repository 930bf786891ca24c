from tests.trial.row import Kind, row

KIND = Kind(
    "K9",
    "Bodies and answers",
    (
        row(
            "Send a department with `ring_type: {}`, and every JSON type in every field of every operation",
            "400 that names the field; never a 500",
            "contract/test_bodies.py::test_a_new_department_takes_no_object_as_its_ring_type",
            "contract/test_bodies.py::test_no_body_is_a_fault_of_ours",
            "contract/test_parameters.py::test_no_text_in_a_parameter_is_a_fault_of_ours",
            "contract/test_schemathesis.py::test_answers_are_as_the_document_says",
        ),
        row(
            "PATCH a queue with `retention_days: false`",
            "400: types are strict",
            "contract/test_bodies.py::test_a_wrong_json_type_is_a_400_that_names_the_field",
        ),
        row(
            "Generate a client from the OpenAPI document and change one field of a queue",
            "A PATCH has no defaults, so that nothing else changes",
            "contract/test_openapi.py::test_a_patch_has_no_defaults_and_needs_no_field",
            "contract/test_typescript.py::test_a_program_with_the_generated_client_type_checks",
        ),
        row(
            "Save a route with a bad block key and other mistakes",
            "All mistakes are told at once",
            "api/telephony/test_call_routes.py::test_a_bad_id_of_a_block_hides_no_other_mistake",
            "api/telephony/test_call_routes.py::test_five_mistakes_five_problems",
        ),
        row(
            "Save block `play` with a sound that does not exist",
            "400; if the file goes later, the call goes on",
            "api/telephony/test_sounds.py::"
            "test_a_sound_that_does_not_exist_is_refused_when_the_route_is_saved",
            "e2e/test_missing_sound.py::test_a_missing_sound_before_a_queue",
        ),
        row(
            "Dry run with `exits` of a block that is not there, and digits `abc`",
            "400 that names them",
            "api/telephony/test_call_routes.py::test_a_dry_run_with_what_the_world_is_assumed_to_be",
            "routing/dry_run/test_dry_run.py::test_what_could_only_be_passed_over_is_named",
        ),
        row(
            "As a member, read a route whose `fetch` block has an Authorization header",
            "Secrets are written and never read",
            "api/telephony/test_route_secrets.py::test_no_answer_shows_a_secret",
            "api/telephony/test_route_secrets.py::test_a_placeholder_keeps_the_secret",
            "api/telephony/test_route_secrets.py::test_a_placeholder_takes_no_secret_elsewhere",
        ),
        row(
            "Two admins change one object; the second sends an older one with `If-Match`",
            "412; every object has an ETag",
            "api/core/test_etags.py::test_the_older_of_two_whole_objects_is_refused",
            "api/core/test_etags.py::test_each_change_of_a_changed_object_is_refused",
            "api/core/test_etags.py::test_every_object_that_can_be_changed_has_an_etag",
        ),
        row(
            "HEAD, OPTIONS, another origin, gzip, plain filters, unknown parameters",
            "As HTTP says; origins by a setting; an unknown parameter is a 400",
            "api/core/test_one_hop.py::test_head_answers_like_get_without_a_body",
            "api/core/test_http.py::test_options_names_the_methods_of_the_path_to_anybody",
            "api/core/test_http.py::test_origins_of_the_setting_may_call_and_read_our_headers",
            "api/core/test_http.py::test_a_long_answer_is_compressed_for_who_asks",
            "api/conventions/test_lists.py::test_a_filter_means_equality_beside_where_and_search",
            "api/conventions/test_lists.py::test_every_operation_refuses_what_it_does_not_know",
        ),
        row(
            "Read 250 call logs page by page while calls end",
            "A cursor shows each once; `X-Total-Count` stays",
            "api/conventions/test_lists.py::test_pages_by_cursor_are_stable_while_calls_end",
            "api/conventions/test_lists.py::test_a_cursor_follows_every_order",
        ),
        row(
            'Buy a number with `country: "Canada"`, or with `areacode`',
            "Countries are taken by name or code; an unknown field is a 400 that says which is meant",
            "api/telephony/test_numbers.py::test_a_country_is_taken_by_name_or_code",
            "api/telephony/test_numbers.py::test_an_unknown_criterion_is_refused_by_the_name_that_is_meant",
        ),
        row(
            "Open `/docs` without internet",
            "The page needs nothing from elsewhere, and has Authorize; `/` leads to it",
            "api/operations/test_docs.py::test_the_page_needs_nothing_from_elsewhere",
            "api/operations/test_docs.py::test_authorize_takes_a_token_or_a_password",
            "api/operations/test_docs.py::test_the_bare_address_leads_to_the_reference",
        ),
        row(
            "Read the OpenAPI document",
            "Every operation has a typed answer, an example, its errors and its security scheme",
            "contract/test_openapi.py::test_the_answer_has_a_model_and_an_example_that_fits",
            "contract/test_openapi.py::test_the_errors_are_there_in_our_form",
            "contract/test_openapi.py::test_the_way_to_prove_who_asks_is_named",
        ),
        row(
            "As an administrator, look for agents, free numbers, block types, sounds, wrap-up codes, "
            "versions of a route, where a phone registers, and whether mail works",
            "An operation for each",
            "api/telephony/test_agents.py::test_the_agents_of_a_team",
            "api/telephony/test_numbers.py::test_free_numbers_are_listed_for_admins",
            "api/telephony/test_block_types.py::test_members_see_every_type_and_nobody_else_does",
            "api/telephony/test_sounds.py::test_members_see_the_librarys_sounds_and_their_own",
            "api/telephony/test_wrap_up_codes.py::test_admins_add_and_remove_codes_and_members_read_them",
            "api/telephony/test_route_versions.py::test_a_roll_back_makes_the_next_version_with_its_secrets",
            "api/accounts/test_users.py::test_the_secret_comes_with_where_the_phone_registers",
            "api/operations/test_services.py::test_members_see_what_is_configured_and_no_secret",
        ),
    ),
)
