"""The call center: queues, agents, numbers, call routes, calls, logs, voicemail."""
