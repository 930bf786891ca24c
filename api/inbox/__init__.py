"""The customer inbox: what people outside write to an organization, over all its channels.

Every operation is a POST with JSON, of members of the organization. An organization is a team of the team API.

| module | what it does |
|---|---|
| `surface` | turns domain errors into the codes of this API |
| `errors` | domain errors that only the inbox has |
| `router` | the router of a feature |
| `fields` | what bodies and answers are made of |
| `pages` | lists by pages |
| `organization` | who may do what |
"""
