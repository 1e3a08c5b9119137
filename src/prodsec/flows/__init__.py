"""Flows: the product's stories, one short file each; the only code that walks across contexts.

A flow calls services in time order, hands over ids or values, and holds no tables. Only doors call flows.
"""
