"""The REST api, compared with a bare ASGI app that runs the same statements and encodes the rows with orjson."""
