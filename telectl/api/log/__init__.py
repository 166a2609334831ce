"""What requests leave behind: rows of the API log, and one access line each."""
