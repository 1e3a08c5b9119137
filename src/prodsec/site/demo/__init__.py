"""The demo: a believable organisation with twelve weeks behind it, made by the ordinary import.

`organisation` says who and what there is, `flaws` what scanners know to complain about, `history` which of it shows up in
which week, `reports` writes that down as the tools would, `replay` plays it in. All of it is a function of fixed seeds:
two demos are alike. The story to follow is docs/guide/demo.md.
"""
