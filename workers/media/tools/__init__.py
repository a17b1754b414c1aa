"""The tools of `app/tools.py`: one function each, from files to a file."""
