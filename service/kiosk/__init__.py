"""The kiosk: full screen, no touch, nothing kept; one visit after the other, all day."""
