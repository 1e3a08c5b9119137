"""Dates that nobody can mistake: the month is a word, the day has 24 hours."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
