"""The customer inbox under load: a million messages, each list and page beside the same statements bare."""
