"""Calls to the telephone network: who may make them, and where to.

They cost the customer money, so every way out asks the one rule here. It is closed by default. The rule is pure: a
policy, a destination and what was dialled today go in, and a reason to deny the call comes out, or none.
`routing.acd.outside_calls` asks it for a call.
"""
