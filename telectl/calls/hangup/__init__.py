"""Hang parties up, and what the rows say at the end of an agent's call."""
