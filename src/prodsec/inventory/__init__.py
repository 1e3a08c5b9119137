"""Inventory: assets in a tree, what they are, how much they matter, and who owns them.

Words: an Asset has a unique path, a kind, perhaps a tier, categories, a data class, a boundary and an owner team; an
owner it does not set it inherits from the asset above. CODEOWNERS decide by file inside a repository. Invariants:
`ancestors` is the chain from the root down to the asset itself; `effective_owner_team` is the nearest owner on that
chain; what is below an archived asset is archived. It never knows what was found there; that is `findings`.
"""
