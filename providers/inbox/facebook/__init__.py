"""Facebook Messenger. A channel is a page; its token is one of the page's, or of a user who manages it."""
