"""What sources of the customer inbox call. Each call is verified, and its message stored, before it is answered."""
