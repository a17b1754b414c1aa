"""The data model and the two engines that hold it."""
