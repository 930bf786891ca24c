"""STOMP 1.2 over WebSocket, for clients of the customer inbox: `/inbox/ws`."""
