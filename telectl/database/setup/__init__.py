"""Create and amend tables, the demo data, and the rights that telectl's database user needs."""
