"""The Asterisk modules that Switchroom loads, and no others."""

_SOUND = (
    "codec_a_mu codec_alaw codec_g722 codec_gsm codec_resample codec_ulaw codec_opus_open_source "
    "format_gsm format_pcm format_sln format_wav res_format_attr_opus"
)
# Without bridge_native_rtp: it passes a telephone's packets on with their own sequence numbers, and Asterisk counts its
# own ones beside them. Whatever Asterisk says then (a digit, music, the talk after it) has numbers that seem old or far
# away, and telephones drop it. Talks that are recorded never used it.
_BRIDGES = "bridge_builtin_features bridge_holding bridge_simple bridge_softmix"
_SIP = (
    "chan_pjsip res_pjproject res_pjsip res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_caller_id "
    "res_pjsip_dlg_options res_pjsip_dtmf_info res_pjsip_endpoint_identifier_ip "
    "res_pjsip_endpoint_identifier_user res_pjsip_header_funcs res_pjsip_logger res_pjsip_nat "
    "res_pjsip_outbound_authenticator_digest res_pjsip_outbound_registration res_pjsip_path res_pjsip_pubsub "
    "res_pjsip_messaging res_pjsip_notify res_pjsip_refer res_pjsip_registrar res_pjsip_rfc3326 res_pjsip_sdp_rtp "
    "res_pjsip_session res_rtp_asterisk res_srtp res_crypto res_http_websocket res_pjsip_transport_websocket"
)
_LAMPS = (
    "res_pjsip_outbound_publish res_pjsip_exten_state res_pjsip_dialog_info_body_generator "
    "res_pjsip_pidf_body_generator func_devstate"
)
_ACCOUNTS = (
    "res_curl func_curl res_config_curl res_sorcery_astdb res_sorcery_config res_sorcery_memory "
    "res_sorcery_memory_cache res_sorcery_realtime"
)
_CONTROL = (
    "res_agi res_speech res_manager_devicestate app_controlplayback res_security_log res_timing_timerfd "
    "app_chanspy app_senddtmf res_mutestream"
)
_DIALPLAN = (
    "pbx_config app_bridgeaddchan app_confbridge app_dial app_exec app_mixmonitor app_playback app_record app_stack "
    "app_userevent app_verbose func_callerid func_channel func_cut func_groupcount func_hangupcause func_logic "
    "func_pjsip_aor func_pjsip_contact func_pjsip_endpoint func_strings func_timeout res_musiconhold"
)

MODULES: tuple[str, ...] = tuple(
    " ".join((_ACCOUNTS, _SOUND, _BRIDGES, _SIP, _LAMPS, _CONTROL, _DIALPLAN)).split(),
)
"""Names without `.so`. A module that an Asterisk version does not have is left out by `run.sh`."""

ANONYMOUS = "res_pjsip_endpoint_identifier_anonymous"
"""Serves callers without an account or a trunk. Loaded in development only (`AsteriskInstance.anonymous_from`)."""
