"""Parts of the FastClip dialect; one file for each resource."""
