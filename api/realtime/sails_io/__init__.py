"""Sockets of the sails.io SDK: virtual requests to the operations of the API, and events."""
