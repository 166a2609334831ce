"""Scenarios as readable data: loaded, played on real phones against a telectl, checked, and drawn as a call ladder."""
