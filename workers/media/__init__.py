"""Files made from files, in a child process: no database, no queue, no network."""
