"""The telephony domain: who is in an agent's session, and what is done with them.

Knows Asterisk (`telectl.asterisk`) and VICIdial's tables (`telectl.database`), and nothing of HTTP.
"""
