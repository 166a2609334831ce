"""Who is on the line: an agent's rows and links, the parties in its room, who is parked, and by which ids."""
