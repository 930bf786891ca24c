"""The process that reads the mailboxes of the inbox: `process` starts a thread for each, `reading` is what it does."""
