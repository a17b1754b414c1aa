"""Files from outside: sniffed, probed, decoded to pictures and samples under limits."""
