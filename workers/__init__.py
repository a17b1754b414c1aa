"""Slow work: claims jobs, drives child processes, delivers results."""
