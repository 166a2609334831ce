"""A private laboratory: a real Asterisk 22, real SIP phones and SIPp, without root.

`python -m lab` runs it alone; tests and `make up` use the classes of its modules.
"""
