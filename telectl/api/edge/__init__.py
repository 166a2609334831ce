"""What a connection may send, how much of it and for how long, before any handler runs."""
