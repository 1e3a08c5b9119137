"""How fast and how small: measurements against budgets. Never part of the tests."""
