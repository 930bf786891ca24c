"""Tests have the same folders as the code. `support` has servers, phones and stories. `e2e` tests the whole product."""
