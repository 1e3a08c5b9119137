"""The language in which lists of findings are narrowed: the same for addresses, the filter bar, the API, exports and views.

`fields` says what can be asked, `dates` reads times, `addresses` and `tokens` are the two ways of writing the same question:

    ?severity=critical,high&not_kind=secret&due=..7d&text=login
    severity:critical,high -kind:secret due:<7d login

A question is a conjunction of clauses; the values of one clause are alternatives; a negated clause leaves the rest of what is seen.
Everything is checked when it is read, and is kept in one normal form, so that equal questions have equal addresses. Relative dates
stay relative: an address that says "the last 7 days" says so tomorrow too.
"""
