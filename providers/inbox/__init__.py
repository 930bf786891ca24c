"""Sources of the customer inbox: one package for each, behind the protocol class of `base`.

A source's package has two halves. Its `adapter` asks the service: it connects channels and sends messages. Its
`webhook` reads what the service sends us: it checks the signature, and makes `switchroom.inbox.Inbound` of it.
"""
