"""Parts of the Clipi dialect; one file for each resource."""
