"""The template format: its structs, values and times, and changes to it by name. Imports no media library."""
