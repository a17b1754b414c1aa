"""A composition's frames: objects, pictures, shadows and transitions drawn into BGRA arrays."""
