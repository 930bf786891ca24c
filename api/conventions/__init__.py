"""How `/v1` speaks: bodies, fields, resources, lists, `where`, `populate`."""
