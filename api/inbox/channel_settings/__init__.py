"""What an organization decides for a channel: hours, automatic replies, surveys, retention."""
