"""The functions of the agent API: one module each, found through `registry`.

Each names what it needs (parameters), does its work, and gives a reply; what several share is in `steps`.
"""
