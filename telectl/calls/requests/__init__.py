"""Commands that a client named by a key: each is done once in a day, whichever copy of telectl gets it."""
