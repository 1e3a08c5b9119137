"""Scans: reports received, told apart, read into observations.

What it owns. A *scan* is one import of one report for one asset: who sent it, where its bytes are kept, which format and
tool it turned out to be, how far it is, how it ended and what it changed in numbers. A *scope* is what is scanned again
and again: an asset, a tool, a kind of analysis and a target; what a complete scan of a scope no longer shows is closed by
`findings`, and nothing else. A *rejected row* is a row of a report that could not be read, with its place and the reason.

The life of a scan: received → reading → done, failed or cancelled; done → undone.

What always holds.
* What was acknowledged is on disk: the report's bytes are synced before the scan's row commits, and the row commits with
  the job that reads it. Killing any process at any moment leaves a scan that a later run finishes.
* One job, one commit: a scan is done together with all that it changed, or nothing of it happened. What is written
  outside of that commit says only how far the job is.
* A report that cannot be read ends its own scan with a sentence and a place, and nothing else.
* The raw report is compressed and encrypted on disk, because reports hold secrets.

What it never does: it does not know findings, it does not decide what a row means for the record, it merges nothing.
"""
