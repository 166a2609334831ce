"""VICIdial's database: the pool, the statements by name, typed rows.

Knows no HTTP and no AMI. Statements stand beside what uses them; what several share is in a file of its own here.
"""

from telectl.database.clock import Clock, Instant
from telectl.database.connection import Connection
from telectl.database.pool import Database, Timeouts
from telectl.database.statements import Count, Insert, Select, Write, Written
from telectl.database_url import DatabaseUrl

__all__ = [
    "Clock",
    "Connection",
    "Count",
    "Database",
    "DatabaseUrl",
    "Insert",
    "Instant",
    "Select",
    "Timeouts",
    "Write",
    "Written",
]
