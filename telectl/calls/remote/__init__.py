"""The call of a remote agent, commanded by its id: over AMI, or through VICIdial's manager daemon."""
