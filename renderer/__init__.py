"""JSON template and local files in, video file out. Knows no account, job, queue or URL."""
