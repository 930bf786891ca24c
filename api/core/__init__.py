"""What every surface of the api needs: context, scope, errors, middleware, tokens."""
