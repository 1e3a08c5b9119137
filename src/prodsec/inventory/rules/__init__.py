"""Pure rules of `inventory`: paths, categories, owners by file."""
