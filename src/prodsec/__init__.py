"""Prodsec: the platform a product-security department runs on.

Each folder below is one context of the domain and opens with a chapter of its own (`__init__.py`);
`flows` tells the stories that walk across them. The map is in README.md, the layers in .importlinter.
"""
