"""What clients can ask, and what is true about their jobs."""
