"""The record writer: from the stream of call records to the database."""
