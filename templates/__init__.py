"""The built-in templates, as files beside this one, and the description of their format."""
