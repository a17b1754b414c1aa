"""Clips: ordered, followed as jobs, kept in a library, shared by their ids."""
