"""The REST API: what a page or a program asks the server, and how it answers."""
