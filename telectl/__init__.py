"""telectl: VICIdial's agent API, carried out over the Asterisk Manager Interface."""

__version__ = "0.1.0"
