"""The contacts of an integration: those that are in step with the provider's. `/contact` has all contacts."""
