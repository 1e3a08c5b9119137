"""Activity: the append-only, hash-chained record of who did what to which object, and why.

Invariants: a change and its row commit together or not at all; a row is never changed or deleted (a trigger refuses);
each row seals the one before it. Never: logs of what the program does; report content; secrets.
"""
