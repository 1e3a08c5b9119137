"""Activity: the append-only, hash-chained record of who did what to which object, and why.

Words: a Deed is what one row says; its seal is the hash over it and the seal before. Invariants: a change and its row
commit together or not at all; a row is never changed or deleted (a trigger refuses); each row seals the one before it.
It holds no logs of what the program does (those go to the log), and never report content or secrets.
Whoever changes something calls `services.record` last in the same transaction.
"""
