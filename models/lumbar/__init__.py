"""Lumbar flexion, estimated from the outline of the back."""
