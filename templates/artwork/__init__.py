"""The programs that made the pictures and the sound of the built-in templates; nothing imports them at run time."""
