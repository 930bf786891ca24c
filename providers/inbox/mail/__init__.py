"""E-mail. A channel is an address; its token is two URLs: of the IMAP server that has its mail, and of the SMTP server.

`accounts` reads the token, `imap` and `smtp` speak to the servers, `reading` and `writing` know the form of mails.
"""
