"""Tools that know no domain: errors, time, keys, jobs, the embedded database, paging.

Time, randomness and the network are met only here, so that everything above can be tested without them.
"""
