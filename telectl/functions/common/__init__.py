"""What functions share: the request and its checks, replies, and what is asked twice done once."""
