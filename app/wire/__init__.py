"""What things are called in the answers and messages of each dialect: the API and those who send webhooks share it."""
