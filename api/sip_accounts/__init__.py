"""Asterisk's realtime look-ups (res_config_curl): SIP accounts of agents. For nodes only."""
