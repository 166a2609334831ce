"""telectl: VICIdial's agent API, carried out over AMI."""

__version__ = "0.1.0"
BUILD = "261125-1500"
"""Date and time of this version, as VICIdial writes its builds: YYMMDD-HHMM."""
