"""Adapters to outside services, each behind a protocol class and chosen by a setting."""
