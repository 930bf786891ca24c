"""Call routes: decision trees of blocks, validated, versioned, tried dry."""
