"""Parts of the Tornado dialect; one file for each resource."""
