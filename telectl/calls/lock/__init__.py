"""One command at a time per agent: a lease in telectl_locks across copies, first come first served inside one."""
