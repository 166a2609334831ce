"""Dial a third party into the session, and follow what becomes of its call."""
