"""Words into outlines: fonts, shaping, line breaking, layout."""
