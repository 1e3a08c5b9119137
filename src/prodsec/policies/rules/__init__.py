"""Pure rules of `policies`: documents and clocks."""
