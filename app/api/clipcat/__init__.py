"""The Clipcat dialect: templates and renders."""
