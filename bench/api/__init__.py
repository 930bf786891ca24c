"""The REST api beside a bare ASGI app that runs the same statements and dumps the rows with orjson."""
