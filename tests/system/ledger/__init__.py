"""The ledger of faults: thousands of requests through bad networks and dying servers, and a judge of what came of each.

One run is told by `schedule` (when which fault begins and ends, from a seed) and `traffic` (what agents and clients
ask). It happens on a `stage` (Asterisk with phones, MariaDB, two copies of telectl behind proxies), where `faults` says
how each fault is brought about. The `recorder` keeps every request, action, row and event; the `judge` looks through
them, and the `report` writes what it found.
"""
