"""Pages of the whole rather than of one context: home, documentation, jobs, how a person likes the pages, errors."""
