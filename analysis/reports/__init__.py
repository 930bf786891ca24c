"""Statistics of a team: its queues, agents and numbers, by interval, also as files. The api shows them, a worker mails
them."""
