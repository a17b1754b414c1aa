"""Frames and sound into one MP4: pixel conversion, mixing, and the only door to ffmpeg."""
