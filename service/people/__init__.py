"""Pages about people: their videos on the way in, and how they moved over time."""
