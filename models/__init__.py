"""What the movement was: poses in, angles, reps, findings, scores and cues out."""
