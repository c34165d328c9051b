"""What turns frames into poses."""
