"""Live sessions: one person in front of a camera, picture by picture."""
