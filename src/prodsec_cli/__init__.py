"""The program `prodsec`: a light client that speaks HTTP only and installs in a second in CI.

It needs nothing but Python's standard library. Where the server is installed beside it, the server's commands appear
through the entry-point group `prodsec.commands`; neither package imports the other.
"""
