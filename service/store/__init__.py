"""What the service keeps: rows in a database, videos and files in a store."""
