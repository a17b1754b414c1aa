"""Uploads: sources that accounts bring, by one PUT, in parts, by tus, or from an address of theirs."""
