"""Pure decisions of `notifications`: when a message goes out."""
