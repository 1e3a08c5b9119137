"""Pure rules of `accounts`: what each role may do, and the shape of tokens."""
