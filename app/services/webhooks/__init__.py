"""Telling others: endpoints and their secrets, what a message says, and deliveries with their attempts."""
