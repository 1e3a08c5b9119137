"""Pure rules of `activity`: how a row is sealed, how times are asked for, what is told to other systems."""
