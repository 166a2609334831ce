"""Who calls: addresses, API users with their passwords and permissions, VICIdial's lockout, and limits on guessing."""
