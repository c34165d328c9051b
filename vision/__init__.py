"""What the camera saw: frames in, poses and back outlines out; no opinion about exercise."""
