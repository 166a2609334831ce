"""Who calls: API users, their passwords and permissions, VICIdial's lockout, IP lists and a throttle per address."""
