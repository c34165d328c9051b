"""The shipped sample clips, and the studio that renders them."""
