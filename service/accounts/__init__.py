"""Who may sign in, and who may see or do what. Off by default: at home the house is open."""
