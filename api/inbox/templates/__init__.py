"""Templates: messages that an organization has prepared for the channels of a source."""
