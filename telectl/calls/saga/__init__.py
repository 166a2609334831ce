"""Rows changed around an action on Asterisk: written ahead, confirmed by an event, kept, undone or reconciled."""
