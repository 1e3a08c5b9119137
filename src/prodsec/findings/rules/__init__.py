"""Pure decisions of `findings`: identity, matching, severity, states, clusters. No clock, no I/O, no Django."""
